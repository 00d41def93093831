import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** The link that puts a browser into a session. */
export const ShareLink = z.object({
  apiVersion: z.literal(API_VERSION).describe("the version of the API"),
  kind: z.literal("ShareLink").describe("what kind of object this is"),
  metadata: z
    .object({ name: z.string().describe("of the session") })
    .describe("what every object carries about itself"),
  status: z
    .object({
      parameter: z
        .string()
        .describe("what makes any URL of the app a link: sidestep-session=…"),
      origins: z
        .array(
          z.object({
            url: z.string().describe("such as http://localhost:8080"),
            container: z.string().describe("whose published port it is"),
          }),
        )
        .describe("where the app seems to be published, the surest first"),
      everyRequest: z
        .boolean()
        .describe("whether the session takes every request anyway"),
    })
    .describe("the link, and where it leads"),
});
export type ShareLink = z.infer<typeof ShareLink>;
