/** What a path leads to; the methods it takes are in `METHODS`. */
export type Route =
  | { to: "graphics"; libraryId: string }
  | { to: "graphic"; libraryId: string; graphicId: string }
  | { to: "libraries" | "whoami" | "view" | "sandbox-graphics" | "sandbox-requests" | "page" }
  | { to: "nothing" };

/** The methods of each route; any other is answered as `wrong-method`. */
export const METHODS: Readonly<Record<Route["to"], readonly string[]>> = {
  graphics: ["POST"],
  graphic: ["DELETE"],
  libraries: ["GET"],
  whoami: ["GET"],
  view: ["GET", "HEAD"],
  "sandbox-graphics": ["GET"],
  "sandbox-requests": ["GET"],
  page: ["GET", "HEAD"],
  nothing: [],
};

const FIXED: Readonly<Record<string, Route>> = {
  "": { to: "page" },
  "/API/v3/libraries": { to: "libraries" },
  "/API/v3/whoami": { to: "whoami" },
  "/ControlPanel/Graphic.php": { to: "view" },
  "/sandbox/graphics": { to: "sandbox-graphics" },
  "/sandbox/requests": { to: "sandbox-requests" },
};

const GRAPHICS = /^\/API\/v3\/libraries\/([^/]+)\/graphics(?:\/([^/]+))?$/;

/** Finds the route of a path without its query; one slash at the end makes no difference (qualtrics-api: Operations). */
export function findRoute(path: string): Route {
  const trimmed = path.replace(/\/$/, "");
  if (Object.hasOwn(FIXED, trimmed)) return FIXED[trimmed] ?? { to: "nothing" };
  const [, libraryId, graphicId] = GRAPHICS.exec(trimmed) ?? [];
  if (libraryId === undefined) return { to: "nothing" };
  return graphicId === undefined
    ? { to: "graphics", libraryId }
    : { to: "graphic", libraryId, graphicId };
}

/** Whether the route belongs to the service's API: those need a token and stand in the request log. */
export function isApi(route: Route): boolean {
  return ["graphics", "graphic", "libraries", "whoami"].includes(route.to);
}
