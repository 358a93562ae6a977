import { z } from "zod";

/** The library that graphics go to. */
export interface Target {
  /** The address's first part; see the contract, "A graphic's address". */
  service: string;
  library: string;
  /** For people: the host name, or `sandbox`. */
  host: string;
  /** Null for the embedded sandbox, whose port is known once it runs. */
  baseUrl: string | null;
}

/** What makes two targets one in the ledger. */
export type TargetKey = Pick<Target, "service" | "library">;

/** A target as it is printed. */
export const targetSchema = z
  .strictObject({
    host: z.string().describe("Host of the service, or `sandbox`"),
    library: z.string().describe("Id of the library, `UR_…` or `GR_…`"),
  })
  .describe("Where graphics go");

export type PrintedTarget = z.infer<typeof targetSchema>;

/** The printed part of a target. */
export function printTarget({ host, library }: PrintedTarget): PrintedTarget {
  return { host, library };
}
