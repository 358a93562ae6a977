import { z } from "zod";

/** The first line `qgfx sandbox` prints. */
export const sandboxStartSchema = z.strictObject({
  url: z.string(),
  token: z.string(),
  library: z.string(),
});

export type SandboxStart = z.infer<typeof sandboxStartSchema>;
