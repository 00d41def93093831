export { printable, printableText } from "../../sidecar/schema/printable.js";
