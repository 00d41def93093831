import { singular, type ResourceType } from "../resources.js";

/** An object as every verb takes it: `session/shop`. */
export function formatName(type: ResourceType, name: string): string {
  return `${singular(type)}/${name}`;
}
