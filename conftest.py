"""For every test: a busy machine makes property tests slow, and slow is not wrong."""

from hypothesis import HealthCheck, settings

settings.register_profile("deskhand", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deskhand")
