import type {
  ClientSessionOptions,
  ServerSessionOptions,
  Settings,
} from "node:http2";

/** What one stream may have on its way, in bytes: this much is held of one whose reader waits. */
const STREAM_WINDOW = 256 * 1024;

/** What a connection may have on its way. */
export const CONNECTION_WINDOW = 1024 * 1024;

/** What HTTP/2 says where there is no limit. */
const UNLIMITED = 2 ** 32 - 1;

/** Limits that are the app's to set, as far as they can be left to it. */
const LIMITS = {
  maxHeaderListPairs: 2_000,
  maxSettings: 1_000,
  /** In megabytes: many streams that wait must not be an end to all others. */
  maxSessionMemory: 64,
  // A client that cancels much is judged by the app.
  streamResetBurst: 10_000,
  streamResetRate: 1_000,
};

/** How an app is talked to. Pushed answers would have nowhere to go. */
export const TO_APP: ClientSessionOptions = {
  ...LIMITS,
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
};

/** How a client is talked to, by what its app has said of itself. */
export function toClient(app: Settings | undefined): ServerSessionOptions {
  const settings: Settings = { initialWindowSize: STREAM_WINDOW };
  const { maxConcurrentStreams, maxHeaderListSize } = app ?? {};
  if (isLimit(maxConcurrentStreams))
    settings.maxConcurrentStreams = maxConcurrentStreams;
  if (isLimit(maxHeaderListSize))
    settings.maxHeaderListSize = maxHeaderListSize;
  if (app?.enableConnectProtocol) settings.enableConnectProtocol = true;
  return { ...LIMITS, settings };
}

const isLimit = (value: number | undefined): value is number =>
  value !== undefined && value < UNLIMITED;
