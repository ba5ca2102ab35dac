"""One Whisper in one thread: fetched and loaded when the first recording with speech comes, used by one at a time."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, TypeVar

from deskhand_contract.services import Segment, SegmentHeard, TranscribeEnd, Transcription
from deskhand_serving.speech_models import missing_files, whisper_repository

from . import whisper
from .audio import AUDIO_HZ, decode
from .errors import ModelComing, ModelMissing
from .hub import DownloadStopped, Fetch, Progress
from .settings import SttSettings

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

    from .audio import Samples

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Transcriber:
    """`worker` has one thread for Whisper, `downloads` one for the hub; a download holds nobody else up."""

    def __init__(self, settings: SttSettings, worker: Executor, downloads: Executor, fetch: Fetch) -> None:
        self._settings = settings
        self._worker = worker
        self._downloads = downloads
        self._fetch = fetch
        self._model: WhisperModel | None = None
        self._download: asyncio.Future[None] | None = None
        self._progress: Progress | None = None

    async def stream(
        self, content: bytes, options: whisper.Options
    ) -> AsyncGenerator[SegmentHeard | TranscribeEnd, None]:
        """Segments as Whisper writes them, then the end. Raises as `transcribe`; closing the generator is to cancel."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[SegmentHeard | None] = asyncio.Queue()

        def on_segment(delta: str, segment: Segment) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, SegmentHeard(delta=delta, segment=segment))

        work = asyncio.ensure_future(self.transcribe(content, options, on_segment))
        work.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            while (event := await heard.get()) is not None:
                yield event
            yield TranscribeEnd(transcription=work.result())
        finally:
            work.cancel()
            await asyncio.wait([work])

    async def transcribe(
        self, content: bytes, options: whisper.Options, on_segment: whisper.OnSegment | None = None
    ) -> Transcription:
        """Raises InvalidAudio, AudioTooLong, InvalidLanguage, ModelMissing, ModelBroken, ModelComing.

        Cancelled, it ends Whisper's work at the next segment.
        """
        samples, speech = await self._in_worker(functools.partial(self._listen, content))
        if speech == []:
            language = whisper.normalised(options.language or self._settings.language)
            return Transcription(text="", language=language or "", duration_s=round(len(samples) / AUDIO_HZ, 3))
        if self._model is None and await self._in_worker(lambda: missing_files(self._settings.model_folder)):
            await self._wait_for_download()
        gone = threading.Event()
        work = functools.partial(self._transcribe, samples, speech, options, gone.is_set, on_segment)
        try:
            return await self._in_worker(work)
        except asyncio.CancelledError:
            gone.set()
            raise

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def health(self) -> str:
        settings = self._settings
        if self._model is not None:
            return f"{settings.model_name} is loaded"
        if self._progress:
            return str(self._progress)
        if not missing_files(settings.model_folder):
            return f"{settings.model_name} is here and is loaded at the first recording"
        if settings.download and settings.model_path is None:
            return f"{settings.model_name} is downloaded at the first recording, or by {self._pull}"
        return self._missing()

    @property
    def _pull(self) -> str:
        return f"`deskhand models pull {self._settings.model}`"

    def _missing(self, why: str = "") -> str:
        settings = self._settings
        if settings.model_path is not None:
            lacking = ", ".join(missing_files(settings.model_folder))
            return f"the setting stt.model_path is {settings.model_path}, a folder without {lacking}"
        return (
            f"there is no speech model in {settings.model_folder}{why}; fetch it with {self._pull} where there is a "
            "network, or set stt.model_path to a folder with a CTranslate2 Whisper"
        )

    async def _in_worker(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _listen(self, content: bytes) -> tuple[Samples, list[dict[str, int]] | None]:
        samples = decode(content, self._settings.max_audio_s)
        return samples, whisper.find_speech(samples) if self._settings.vad else None

    def _transcribe(
        self,
        samples: Samples,
        speech: list[dict[str, int]] | None,
        options: whisper.Options,
        cancelled: Callable[[], bool],
        on_segment: whisper.OnSegment | None,
    ) -> Transcription:
        if self._model is None:
            self._model = whisper.load(self._settings)
            logger.info("%s is loaded", self._settings.model_name, extra={"folder": str(self._settings.model_folder)})
        return whisper.transcribe(self._model, self._settings, samples, speech, options, cancelled, on_segment)

    async def _wait_for_download(self) -> None:
        """Raises ModelMissing when there is no way to the model, ModelComing when it takes longer than one waits.

        The download goes on when nobody waits for it any more.
        """
        settings = self._settings
        if not settings.download or settings.model_path is not None:
            raise ModelMissing(self._missing())
        if self._download is None or self._download.done():
            self._progress = Progress(settings.model_name)
            loop = asyncio.get_running_loop()
            self._download = loop.run_in_executor(self._downloads, self._fetch_model, self._progress)
            self._download.add_done_callback(self._downloaded)
        download, progress = self._download, self._progress
        done, _ = await asyncio.wait([download], timeout=settings.download_wait_s)
        if not done:
            raise ModelComing(str(progress))
        download.result()

    def _downloaded(self, download: asyncio.Future[None]) -> None:
        self._progress = None
        if not download.cancelled():
            download.exception()  # logged where it was caught; nobody may be left to wait for it

    def _fetch_model(self, progress: Progress) -> None:
        settings = self._settings
        repository = whisper_repository(settings.model)
        logger.info("downloading %s", repository, extra={"folder": str(settings.model_folder)})
        try:
            self._fetch(repository, settings.model_folder, progress.report)
        except DownloadStopped:
            raise ModelComing(f"{settings.model_name} is not here yet, the service is stopping") from None
        except Exception as error:
            logger.exception("%s cannot be downloaded", repository)
            raise ModelMissing(self._missing(f", and it cannot be downloaded ({type(error).__name__})")) from error
        # Without a network the hub's client takes a folder that is half there for the model.
        if missing_files(settings.model_folder):
            raise ModelMissing(self._missing(", and it cannot be downloaded"))
