/** A recording of the microphone, as the browser can make it and the gateway can read it. */

const FORMATS = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/ogg;codecs=opus", "ogg"],
  ["audio/mp4", "m4a"],
];
export const MAX_RECORDING_S = 60;

/** Why there is no recording; the message is for people. */
export class VoiceError extends Error {}

const REFUSALS = {
  NotAllowedError: "The browser does not let this page use the microphone. Allow it at the address bar, then try again.",
  NotFoundError: "There is no microphone that the browser can use.",
  NotReadableError: "The microphone is taken by another program, or the system does not let the browser use it.",
};

export class Recorder {
  constructor() {
    this.recorder = null;
    this.chunks = [];
  }

  /** Raises VoiceError. `onLimit` is called when the recording has become as long as it may. */
  async start(onLimit) {
    if (!navigator.mediaDevices || !globalThis.MediaRecorder) {
      throw new VoiceError("This browser records only from a page at 127.0.0.1, localhost or https.");
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
    } catch (error) {
      throw new VoiceError(REFUSALS[error.name] ?? `The microphone cannot be used: ${error.message}.`);
    }
    const [mimeType, format] = FORMATS.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? [undefined, "webm"];
    this.format = format;
    this.chunks = [];
    this.recorder = new MediaRecorder(stream, { mimeType });
    this.recorder.addEventListener("dataavailable", ({ data }) => data.size && this.chunks.push(data));
    this.recorder.start();
    this.limit = setTimeout(onLimit, MAX_RECORDING_S * 1000);
  }

  /** Ends the recording. Gives {blob, name}; `name` tells the format. */
  async stop() {
    const recorder = this.recorder;
    clearTimeout(this.limit);
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    recorder.stop();
    await stopped;
    for (const track of recorder.stream.getTracks()) track.stop();
    this.recorder = null;
    return { blob: new Blob(this.chunks, { type: recorder.mimeType }), name: `speech.${this.format}` };
  }
}
