import util from "node:util";

/**
 * http-proxy takes `util._extend` when it is loaded, which newer versions of
 * Node warn of (DEP0060). What it stands for is given to it instead, so this
 * is imported before it.
 */
Object.assign(util, { _extend: Object.assign });
