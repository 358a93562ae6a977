import { z } from "zod";
import { diagnosticSchema } from "../manifest/diagnostic.ts";
import { count, PRINTED, text, textOrNull } from "../plan/printed-fields.ts";

const position = (of: string) => z.int().positive().nullable().describe(of);

const size = z
  .strictObject({
    widthPx: z.int().nonnegative().describe("Width in pixels"),
    heightPx: z.int().nonnegative().describe("Height in pixels"),
  })
  .nullable();

/** One place of a file where something is put in, or an id that is out of date. */
const filledPlaceSchema = z.strictObject({
  line: z.int().positive().describe("Line of the file"),
  column: z.int().positive().describe("Position of the first character in the line"),
  question: textOrNull("Id of the question, in a survey file"),
  questionText: textOrNull("Start of the question's text"),
  kind: z
    .enum(["graphic", "url", "img", "picture", "id"])
    .describe("A placeholder of that name, a local image, or an id that was replaced"),
  was: text("What stands there"),
  now: textOrNull("What is put there; `null`: nothing takes its place"),
  graphicId: textOrNull("Id of the graphic that is put there"),
  folder: textOrNull("Its folder in the library"),
  name: textOrNull("Its name in the library"),
  sizes: z
    .strictObject({
      before: size.describe("Of the replaced graphic; `null`: not known"),
      after: size.describe("Of the one in its place; `null`: not known"),
    })
    .nullable()
    .describe("For an id in a heat map or a hot spot, whose regions are recorded in pixels"),
});

const problemSchema = diagnosticSchema.extend({
  severity: diagnosticSchema.shape.severity.describe("With an `error`, nothing is written"),
  file: text("The file, as it was named"),
  line: position("Line of the file"),
  column: position("Position of the first character in the line"),
  field: textOrNull("Id of the question, in a survey file"),
  value: textOrNull("What stands there"),
});

/** What `qgfx fill --json` prints. */
export const fillSchema = z
  .strictObject({
    version: PRINTED.version,
    files: z
      .array(
        z.strictObject({
          file: text("The file, as it was named"),
          out: textOrNull("Where the filled file was written; `null`: it was not"),
          backup: textOrNull("With `--in-place`: where the file is kept as it was"),
          places: z.array(filledPlaceSchema).describe("With `--check`: ids that are out of date"),
        }),
      )
      .describe("The files, in the order they were named"),
    diagnostics: z.array(problemSchema).describe("Problems; with an `error`, nothing is written"),
  })
  .describe("`qgfx fill --json`: what was put where.");

export type FillDocument = z.infer<typeof fillSchema>;
export type FilledPlace = z.infer<typeof filledPlaceSchema>;

/** One graphic that files use, and what became of it. */
const fetchedGraphicSchema = z.strictObject({
  graphicId: PRINTED.graphicId,
  url: text("Where it was fetched from"),
  files: z.array(z.string()).describe("The files that use it, as they were named"),
  status: z
    .enum(["saved", "missing", "unreachable", "not-an-image"])
    .describe("`missing`: the service has none; `unreachable`: it could not be asked"),
  path: textOrNull("The saved image, in the manifest's folder"),
  name: PRINTED.name,
  folder: PRINTED.folder,
  sha256: textOrNull("Hash of the saved image's bytes"),
  message: textOrNull("What is not as it should be, in words"),
});

/** What `qgfx fetch --json` prints. */
export const fetchSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: textOrNull("The manifest that was written; `null`: none"),
    summary: z
      .strictObject({
        saved: count("Images that were saved"),
        missing: count("Graphics that the service does not have"),
        unreachable: count("Graphics that could not be asked for"),
        notAnImage: count("Answers that are not an image"),
      })
      .describe("Counts"),
    graphics: z.array(fetchedGraphicSchema).describe("The graphics, in the order they were found"),
  })
  .describe("`qgfx fetch --json`: the graphics that files use, saved.");

export type FetchDocument = z.infer<typeof fetchSchema>;
export type SavedGraphic = z.infer<typeof fetchedGraphicSchema>;
