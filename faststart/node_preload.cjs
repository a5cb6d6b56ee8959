// Makes lib/index.js of CDKTF provider packages lazy: `exports.vpc = require("./vpc")` becomes a getter that requires
// "./vpc" when it is first read; an index of any other shape is loaded by Node's own loader. The code of cdktf and its
// providers is read without its source maps. Of cdktf itself the ZIP library and the texts of stack traces wait until they
// are used, and the search for tokens in a text does not begin anew for each.
"use strict";

const Module = require("module");
const fs = require("fs");

const FILE_OF_CDKTF = /[\\/](?:cdkt[fn]|@cdkt[fn][\\/]provider-[^\\/]+)[\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]/;
const INDEX_OF_PROVIDER = /[\\/]@cdkt[fn][\\/]provider-(?!generator[\\/]|schema[\\/])[^\\/]+[\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]index\.js$/;
const USER_OF_ARCHIVER = /[\\/]cdkt[fn][\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]private[\\/]fs\.js$/;
const STACK_TRACES = /[\\/]cdkt[fn][\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/;
const TOKENS_IN_TEXTS = /[\\/]lib[\\/]tokens[\\/]private[\\/]encoding\.js$/;
const STATEMENTS = new RegExp(
  [
    String.raw`exports\.([\w$]+) = require\("(\.\/[^"\n]+)"\);`,
    String.raw`\s+`,
    String.raw`"use strict";`,
    String.raw`\/\*[^]*?\*\/`,
    String.raw`\/\/[^\n]*`,
    String.raw`Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);`,
    String.raw`(?:exports\.[\w$]+ = )+void 0;`,
  ].join("|"),
  "gy",
);
const COMPILED = '"use strict";';
const SOURCE_MAP = "\n//# sourceMappingURL=data:";

/** The source without the comment that holds its source map, two thirds of a file, which Node would read as code;
 * undefined if TypeScript has not made it, or somebody wants the map. */
function withoutSourceMap(source) {
  const map = source.lastIndexOf(SOURCE_MAP);
  const isLastLine = map >= 0 && source.slice(map + 1).trimEnd().indexOf("\n") < 0;
  return isLastLine && source.startsWith(COMPILED) && !process.sourceMapsEnabled ? source.slice(0, map) : undefined;
}

/** The [name, path] pairs of an index that does nothing but export modules, or undefined for any other source. */
function exportedModules(code) {
  const pairs = [];
  let end = 0;
  STATEMENTS.lastIndex = 0;
  for (let match; (match = STATEMENTS.exec(code)) !== null; end = STATEMENTS.lastIndex) {
    if (match[1] !== undefined) pairs.push([match[1], match[2]]);
  }
  return end === code.length && pairs.length > 0 ? pairs : undefined;
}

/** Define `name` on `exports` as a plain, writable property whose value is required at the first read. */
function exportLazily(exports, name, load) {
  const set = (value) => Object.defineProperty(exports, name, { value, configurable: true, enumerable: true, writable: true });
  const get = () => {
    const value = load();
    set(value);
    return value;
  };
  Object.defineProperty(exports, name, { get, set, configurable: true, enumerable: true });
}

function install() {
  const load = Module._extensions && Module._extensions[".js"];
  if (typeof load !== "function") {
    process.stderr.write("faststart: Node's module loader is not of the known shape; providers load the ordinary, slower way\n");
    return;
  }
  const reported = new Set();
  Module._extensions[".js"] = function (module, filename) {
    if (!FILE_OF_CDKTF.test(filename)) return load.apply(this, arguments);
    const source = fs.readFileSync(filename, "utf8");
    const code = withoutSourceMap(source);
    if (!INDEX_OF_PROVIDER.test(filename)) {
      if (code === undefined) load.apply(this, arguments);
      else module._compile(TOKENS_IN_TEXTS.test(filename) ? code.replace(SEARCH, SEARCH_ONCE) : code, filename);
      if (STACK_TRACES.test(filename)) deferText(module.exports);
      return undefined;
    }
    const pairs = exportedModules(code ?? source);
    if (pairs === undefined) {
      if (!reported.has(filename)) {
        process.stderr.write(`faststart: ${filename} is not of the known shape; it is loaded the ordinary, slower way\n`);
      }
      reported.add(filename);
      return load.apply(this, arguments);
    }
    Object.defineProperty(module.exports, "__esModule", { value: true });
    for (const [name, path] of pairs) exportLazily(module.exports, name, () => module.require(path));
  };
}

/** A stand-in for a module that is a function; the module is required when the stand-in is first used. */
function lazyFunction(load) {
  const trap = (name) => (_target, ...rest) => Reflect[name](load(), ...rest);
  return new Proxy(function () {}, Object.fromEntries(["apply", "construct", "get", "set", "has"].map((name) => [name, trap(name)])));
}

/** cdktf requires a ZIP library (150 modules, 40 ms) of which only assets that are folders make use. */
function deferArchiver() {
  const { require } = Module.prototype;
  Module.prototype.require = function (request) {
    if (request !== "archiver" || !USER_OF_ARCHIVER.test(this.filename)) return require.apply(this, arguments);
    return lazyFunction(() => require.call(this, request));
  };
}

/** The lines of a stack trace, made when something reads the array that they are put into. */
class LinesOnDemand {
  constructor(traced) {
    this.traced = traced;
  }
  fill(lines) {
    const { stack } = this.traced ?? {};
    this.traced = undefined;
    if (stack) lines.push(...stack.split("\n").slice(1).map((line) => line.replace(/^\s*at\s+/, "")));
  }
}
for (const trap of Object.getOwnPropertyNames(Reflect)) {
  LinesOnDemand.prototype[trap] = function (lines, ...rest) {
    this.fill(lines);
    return Reflect[trap](lines, ...rest);
  };
}

/** cdktf splits a text at its tokens, `${` and `}`, and for each of them searches what is left of the text for the next
 * one of each kind: of a dashboard the end again and again. Here a result is used until the search is past it. */
const SEARCH = /([\w.]+)\.exec\(this\.str\)/g;
const SEARCH_ONCE = 'globalThis[Symbol.for("faststart.search")]($1, this.str)';
const results = new WeakMap();
globalThis[Symbol.for("faststart.search")] = (expression, text) => {
  const from = expression.lastIndex;
  const result = results.get(expression);
  if (result !== undefined && result.text === text && result.from <= from && from <= result.index) {
    expression.lastIndex = result.end;
    return result.match;
  }
  const match = expression.exec(text);
  if (expression.global) results.set(expression, { text, from, match, index: match?.index ?? Infinity, end: expression.lastIndex });
  return match;
};

/** cdktf keeps a text of where each token was created, for an error's message; it took a third of a synthesis. */
function deferText(exports) {
  const { captureStackTrace } = exports;
  if (typeof captureStackTrace !== "function" || captureStackTrace.length !== 1) return;
  exports.captureStackTrace = function capture(below) {
    const traced = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;
    Error.captureStackTrace(traced, below || capture);
    Error.stackTraceLimit = limit;
    return new Proxy([], new LinesOnDemand(traced));
  };
}

const switchedOff = !["", "0"].includes(process.env.EAGER_PROVIDERS || "");
const INSTALLED = Symbol.for("faststart.node_preload");
if (!switchedOff && !globalThis[INSTALLED]) {
  globalThis[INSTALLED] = true;
  install();
  deferArchiver();
}
