import { type Answer, errorAnswer } from "./answer.ts";

/** The errors that real services were seen to give, word for word (qualtrics-api: Answers). */
export const RECORDED_ERRORS = {
  "missing-content-type": {
    status: 400,
    code: "MFDP_3",
    message: "Missing Content-Type for file part. name=file",
  },
  "missing-token": {
    status: 400,
    code: "ATP_2",
    message: "Expected authorization in headers, but none provided.",
  },
  "wrong-token": { status: 401, code: "DCD_7", message: "Unrecognized X-API-TOKEN." },
  "unknown-route": {
    status: 404,
    code: undefined,
    message: "The requested resource does not exist.",
  },
} as const;

/** The recorded error of that name, with a request id of its own. */
export function recordedError(name: keyof typeof RECORDED_ERRORS): Answer {
  const { status, code, message } = RECORDED_ERRORS[name];
  return errorAnswer(status, code, message);
}
