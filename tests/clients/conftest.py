from __future__ import annotations

from collections.abc import Iterator

import pytest
from deskhand_serving.testing import running

from tests.clients.gateway import FakeGateway


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway()
    with running(fake.app()) as url:
        fake.url = f"{url}/v1"
        try:
            yield fake
        finally:
            fake.go_on.set()
