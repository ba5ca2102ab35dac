/** Where a sentence comes from: the line that is typed, and the button that is held. */

import { transcribe } from "./api.js";
import { announce, byId } from "./dom.js";
import { Recorder, VoiceError } from "./voice.js";

/** Held for less, the button is a switch: press once to begin, again to end. */
const HOLD_MS = 350;

const NOTHING_HEARD = "Nothing was heard. Check the microphone, hold the button while you speak, and try again.";

const TALK_WORDS = { idle: "Hold to talk", asking: "Microphone …", recording: "Listening", hearing: "Writing it down …" };

export class Composer {
  /** `onSentence(text)` gets what is to be carried out; `onError(error)` what went wrong with the voice. */
  constructor({ onSentence, onError, onEscape }) {
    this.onSentence = onSentence;
    this.onError = onError;
    this.input = byId("sentence");
    this.button = byId("talk");
    this.recorder = new Recorder();
    this.state = "idle"; // idle -> asking -> recording -> hearing -> idle
    this.pressedAt = 0;
    this.endWhenStarted = false;
    this.clock = null; // counts the seconds of a recording

    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // Enter that ends an input method's composition
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape") {
        this.input.blur();
        onEscape();
      }
    });
    this.button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.button.setPointerCapture(event.pointerId);
      this.press();
    });
    for (const name of ["pointerup", "pointercancel"]) this.button.addEventListener(name, () => this.release());
    this.button.addEventListener("click", (event) => {
      if (event.detail === 0) this.press(); // from the keyboard or assistive technology: a switch
    });
    this.button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a touch screen
  }

  set(sentence) {
    this.input.value = sentence;
    this.fit();
  }

  focus() {
    this.input.focus();
  }

  get empty() {
    return this.input.value.trim() === "";
  }

  submit() {
    const sentence = this.input.value.trim();
    if (!sentence) {
      this.focus();
      return;
    }
    this.set("");
    this.onSentence(sentence);
  }

  /** As tall as what is in it. */
  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  press() {
    this.pressedAt = performance.now();
    if (this.state === "idle") this.begin();
    else if (this.state === "recording") this.end();
  }

  release() {
    const held = performance.now() - this.pressedAt >= HOLD_MS;
    if (!held) return;
    if (this.state === "recording") this.end();
    else if (this.state === "asking") this.endWhenStarted = true;
  }

  async begin() {
    this.enter("asking");
    this.endWhenStarted = false;
    try {
      await this.recorder.start(() => this.end());
    } catch (error) {
      this.enter("idle");
      this.onError(error);
      return;
    }
    this.enter("recording");
    announce("Listening");
    if (this.endWhenStarted) this.end();
  }

  async end() {
    if (this.state !== "recording") return;
    this.enter("hearing");
    try {
      const { blob, name } = await this.recorder.stop();
      const heard = await transcribe(blob, name);
      this.enter("idle");
      if (heard) this.onSentence(heard);
      else this.onError(new VoiceError(NOTHING_HEARD));
    } catch (error) {
      this.enter("idle");
      this.onError(error);
    }
  }

  enter(state) {
    this.state = state;
    this.button.dataset.state = state;
    this.button.setAttribute("aria-pressed", String(state === "recording"));
    this.button.disabled = state === "hearing";
    byId("talk-words").textContent = TALK_WORDS[state];
    clearInterval(this.clock);
    if (state === "recording") this.count(performance.now());
  }

  /** The length of the recording, in the button. */
  count(since) {
    const tell = () => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      byId("talk-words").textContent = `${TALK_WORDS.recording} 0:${String(seconds).padStart(2, "0")}`;
    };
    tell();
    this.clock = setInterval(tell, 250);
  }
}
