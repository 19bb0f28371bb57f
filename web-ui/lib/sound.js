/*
 * Short tones: one for a scan that found its product, another for one that did
 * not, so a cashier need not look up.  Browsers allow sound after the first key
 * or tap; before that, and where there is no audio, it stays silent.
 */
import { local } from "./storage.js";

let context = null;

function tone(frequency_hz, start_s, length_s) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  const begin = context.currentTime + start_s;
  oscillator.type = "triangle";
  oscillator.frequency.value = frequency_hz;
  // A short ramp at both ends, or the speaker clicks.
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(0.16, begin + 0.008);
  gain.gain.linearRampToValueAtTime(0, begin + length_s);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begin);
  oscillator.stop(begin + length_s);
}

function play(notes) {
  if (!soundIsOn() || !navigator.userActivation?.hasBeenActive) return;
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    for (const note of notes) tone(...note);
  } catch {
    // No audio device: the till works without.
  }
}

export function soundIsOn() {
  return local.get("sound", true);
}

export function setSound(on) {
  local.set("sound", on);
}

export const playFound = () => play([[1320, 0, 0.08]]);
export const playFault = () => play([[220, 0, 0.14], [180, 0.16, 0.2]]);
export const playDone = () => play([[880, 0, 0.09], [1320, 0.09, 0.14]]);
