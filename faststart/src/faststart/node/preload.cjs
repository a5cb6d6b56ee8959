// Makes the index of CDKTF and CDK Terrain provider packages lazy: what it exports of other modules is required when it
// is first read. The code of cdktf and its providers is read without its source maps. Of cdktf itself the ZIP library and
// the texts of stack traces wait until they are used, and the search for tokens in a text does not begin anew for each.
"use strict";

const Module = require("module");
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const FILE_OF_CDKTF = /[\\/](?:cdkt[fn]|@cdkt[fn][\\/]provider-[^\\/]+)[\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]/;
const INDEX_OF_PROVIDER = /[\\/]@cdkt[fn][\\/]provider-(?!generator[\\/]|schema[\\/])[^\\/]+[\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]index\.js$/;
const USER_OF_ARCHIVER = /[\\/]cdkt[fn][\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]private[\\/]fs\.js$/;
const STACK_TRACES = /[\\/]cdkt[fn][\\/](?:[^\\/]+[\\/]){0,2}lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/;
const TOKENS_IN_TEXTS = /[\\/]lib[\\/]tokens[\\/]private[\\/]encoding\.js$/;
// Where `cdktf get` puts the main module of a package; newer versions make a lazy one next to it.
const GENERATED_INDEX = /[\\/]providers[\\/](?:[^\\/]+[\\/])+(?:lazy-)?index\.js$/;
const LIBRARIES = ["cdktf", "cdktn"];
const RELATIVE = /^\.{1,2}\//;
const TRAPS = "apply construct defineProperty deleteProperty get getOwnPropertyDescriptor getPrototypeOf has ownKeys set".split(" ");
const COMPILED = '"use strict";';
const SOURCE_MAP = "\n//# sourceMappingURL=data:";

/** The source without the comment that holds its source map, two thirds of a file, which Node would read as code;
 * undefined if TypeScript has not made it, or somebody wants the map. */
function withoutSourceMap(source) {
  const map = source.lastIndexOf(SOURCE_MAP);
  const isLastLine = map >= 0 && source.slice(map + 1).trimEnd().indexOf("\n") < 0;
  return isLastLine && source.startsWith(COMPILED) && !process.sourceMapsEnabled ? source.slice(0, map) : undefined;
}

/** The folders of the providers that `cdktf get` or `cdktn get` has generated. */
const foldersOfProviders = [];

/** Whether the file is the main module of a provider, of a published one or one that `cdktf get` has generated. */
function isIndexOfProvider(filename) {
  if (INDEX_OF_PROVIDER.test(filename)) return true;
  if (!GENERATED_INDEX.test(filename)) return false;
  const folder = filename.replace(GENERATED_INDEX, "");
  if (!fs.existsSync(path.join(folder, ".jsii"))) return false;
  const { main, dependencies, peerDependencies } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  if (!LIBRARIES.some((name) => name in { ...dependencies, ...peerDependencies })) return false;
  if (!foldersOfProviders.includes(folder + path.sep)) foldersOfProviders.push(folder + path.sep);
  return path.resolve(folder, main) === filename;
}

/** Whether the file belongs to cdktf or to a provider. */
function isOfCdktf(filename) {
  return FILE_OF_CDKTF.test(filename) || foldersOfProviders.some((folder) => filename.startsWith(folder));
}

/** A stand-in for what `load` returns, which is called when the stand-in is first used. */
function standIn(target, load, answer = () => undefined) {
  const trap = (name) => (_target, ...rest) => answer(name, ...rest) ?? Reflect[name](load(), ...rest);
  const traps = Object.fromEntries(TRAPS.map((name) => [name, trap(name)]));
  const { getOwnPropertyDescriptor } = traps;
  // A proxy may not say of a property that its target lacks that it cannot be configured.
  traps.getOwnPropertyDescriptor = (...rest) => {
    const descriptor = getOwnPropertyDescriptor(...rest);
    return descriptor && { ...descriptor, configurable: true };
  };
  return new Proxy(target, traps);
}

/** A module that an index has required, loaded when something of its stand-in is used other than `__esModule`: this is
 * what TypeScript's helpers read of it, and every module has it that TypeScript has made. */
class RequiredModule {
  constructor(require) {
    this.require = require;
    this.isLoaded = false;
    this.isExported = false;
    this.standIn = standIn({}, () => this.load(), (name, property) => {
      if (this.isLoaded) return undefined;
      if (name === "get" && property === "__esModule") return true;
      if (RequiredModule.examines) throw this;
      return undefined;
    });
  }
  load() {
    this.isLoaded = true;
    return this.require();
  }
}
RequiredModule.examines = false;

/** Run an index with stand-ins for the modules of its own package. What it exports of them stays away until it is read;
 * every other is loaded, as it may do something. Returns whether any stayed away. */
function runLazily(module, filename, code) {
  const required = new Map();
  const require = (request) => {
    if (!RELATIVE.test(request)) return module.require(request);
    if (!required.has(request)) required.set(request, new RequiredModule(() => module.require(request)));
    return required.get(request).standIn;
  };
  Object.assign(require, Module.createRequire(filename));
  const run = vm.compileFunction(code, ["exports", "require", "module", "__filename", "__dirname"], { filename });
  run.call(module.exports, module.exports, require, module, filename, path.dirname(filename));

  const byStandIn = new Map([...required.values()].map((one) => [one.standIn, one]));
  if (byStandIn.has(module.exports)) module.exports = byStandIn.get(module.exports).load();
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(module.exports))) {
    const one = "value" in descriptor ? byStandIn.get(descriptor.value) : usedByGetter(descriptor, byStandIn, module);
    if (one === undefined || one.isLoaded) continue;
    one.isExported = true;
    if ("value" in descriptor && descriptor.configurable) exportLazily(module.exports, name, () => one.load());
  }
  const all = [...required.values()];
  for (const one of all) if (!one.isExported && !one.isLoaded) one.load();
  return all.length === 0 || all.some((one) => !one.isLoaded);
}

/** The module that a getter of an index returns, or of which it returns something. */
function usedByGetter({ get }, byStandIn, module) {
  RequiredModule.examines = true;
  try {
    return byStandIn.get(get?.call(module.exports));
  } catch (error) {
    if (error instanceof RequiredModule) return error;
    return undefined;
  } finally {
    RequiredModule.examines = false;
  }
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
  const report = (filename) => {
    if (!reported.has(filename)) {
      process.stderr.write(`faststart: ${filename} is not of the known shape; it is loaded the ordinary, slower way\n`);
    }
    reported.add(filename);
  };
  Module._extensions[".js"] = function (module, filename) {
    const isIndex = isIndexOfProvider(filename);
    if (!isIndex && !isOfCdktf(filename)) return load.apply(this, arguments);
    const source = fs.readFileSync(filename, "utf8");
    const code = withoutSourceMap(source);
    if (isIndex) {
      try {
        if (!runLazily(module, filename, code ?? source)) report(filename);
      } catch {
        // Perhaps because of a stand-in; if not, the error comes again.
        report(filename);
        module.exports = {};
        load.apply(this, arguments);
      }
      return undefined;
    }
    if (code === undefined) load.apply(this, arguments);
    else module._compile(changed(code, filename), filename);
    if (STACK_TRACES.test(filename)) deferText(module.exports);
    return undefined;
  };
}

/** cdktf requires a ZIP library (150 modules, 40 ms) of which only assets that are folders make use. */
function deferArchiver() {
  const { require } = Module.prototype;
  Module.prototype.require = function (request) {
    if (request !== "archiver" || !USER_OF_ARCHIVER.test(this.filename)) return require.apply(this, arguments);
    return standIn(function () {}, () => require.call(this, request));
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

/** The code with what is to be done in another way. */
function changed(code, filename) {
  if (TOKENS_IN_TEXTS.test(filename)) return code.replace(SEARCH, SEARCH_ONCE);
  // CDK Terrain calls the function that `deferText` replaces within its own module too.
  if (STACK_TRACES.test(filename)) return code.replace(/\breturn captureStackTrace\(/g, "return exports.captureStackTrace(");
  return code;
}

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
