"""Speech: the micro Whisper that the tests run. Real weights come from the hub by `deskhand models pull`."""
