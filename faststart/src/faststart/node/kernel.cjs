// Runs jsii's kernel (`lib/program.js`) in this process; its argument is the folder of jsii's embedded files, in which
// a path such as lib/program.js is stored as lib__program.js.
"use strict";

const fs = require("fs");
const Module = require("module");
const path = require("path");
const v8 = require("v8");
const workerThreads = require("worker_threads");

const embedded = process.argv[2];
const program = path.join(embedded, "lib__program.js");
const CHANNEL = 3;
const DEFINITIONS = /[\\/]\.jsii\.runtime-defs\.v1\.jsonl$/;
const ALLOCATION_FOR_DIGEST = /(function readFileChunks\(\w+,(\w+),[^]{1,300}?)Buffer\.alloc\(16384\)/;
const DIGEST_BUFFER = Symbol.for("faststart.digest_buffer");
const STARTED = new Error("jsii-runtime.js is about to start program.js");

/** Let V8 optimize a function after 10,000 calls and not after 3,000, where it has this flag (Node 22 and 24): most
 * programs have ended before that pays, and Python needs the core on which V8 does it (4% of a small synthesis). */
function optimizeLater() {
  if (["12", "13"].includes(process.versions.v8.split(".")[0])) {
    v8.setFlagsFromString("--invocation-count-for-turbofan=10000");
  }
}

/** Let jsii check the version of Node, if it may have something to say about it (10 ms): its start script does so before
 * it would start a second Node, which is prevented here. */
function checkNode() {
  const script = path.join(embedded, "bin__jsii-runtime.js");
  if (isFullySupported(fs.readFileSync(script, "utf8"))) return;
  const childProcess = require("child_process");
  const { spawn } = childProcess;
  childProcess.spawn = () => {
    throw STARTED;
  };
  try {
    require(script);
  } catch (error) {
    if (error !== STARTED) throw error;
  } finally {
    childProcess.spawn = spawn;
  }
}

/** Whether this release of Node is on jsii's list without any reservation, and its end of life is still to come. */
function isFullySupported(startScript) {
  const [major] = process.versions.node.split(".");
  const release = new RegExp(String.raw`new NodeRelease\(${major},\{endOfLife:new Date\("([\d-]+)"\)\}\)`).exec(startScript);
  return release !== null && Date.now() < Date.parse(release[1]) && !process.version.includes("-");
}

/** Let jsii find the script of its worker, and do not exit before a worker is done: it builds the index of a provider's
 * types once, and as long as there is none every run reads 130 MB of JSON for AWS. */
function keepWorkers() {
  const { Worker } = workerThreads;
  const exit = process.exit;
  const running = new Set();
  let exitCode;
  workerThreads.Worker = class extends Worker {
    constructor(script, options) {
      const stored = path.join(embedded, `lib__${path.basename(String(script))}`);
      super(!fs.existsSync(script) && fs.existsSync(stored) ? stored : script, options);
      running.add(this);
      this.once("exit", () => {
        running.delete(this);
        if (exitCode !== undefined && running.size === 0) exitWithoutKeepingPythonWaiting(exit, exitCode);
      });
    }
  };
  process.exit = (code) => {
    if (running.size === 0) exitWithoutKeepingPythonWaiting(exit, code);
    exitCode = code === undefined ? 0 : code;
  };
}

/** Exit, and close the channels to Python as soon as jsii has removed its files: freeing the heap takes 20 ms more. */
function exitWithoutKeepingPythonWaiting(exit, code) {
  process.on("exit", () => {
    for (const descriptor of [1, 2, CHANNEL]) fs.closeSync(descriptor);
  });
  exit.call(process, code);
}

/** Let jsii compute the digest of a package (50 MB for AWS and Kubernetes) in one buffer: it allocates one for every
 * 16 KB. A caller that changes the pieces (a function with a parameter) gets new ones. */
function reuseBufferForDigest() {
  const { _compile } = Module.prototype;
  globalThis[DIGEST_BUFFER] = Buffer.allocUnsafe(1 << 17);
  Module.prototype._compile = function (source, filename, ...rest) {
    if (filename !== program) return _compile.call(this, source, filename, ...rest);
    Module.prototype._compile = _compile;
    const buffer = `($2.length===0?globalThis[Symbol.for("${DIGEST_BUFFER.description}")]:Buffer.alloc(16384))`;
    return _compile.call(this, source.replace(ALLOCATION_FOR_DIGEST, `$1${buffer}`), filename, ...rest);
  };
}

/** Read single rows of jsii's file of type definitions (35 MB for AWS) instead of the whole file. */
function readDefinitionsByRow() {
  const { readFileSync } = fs;
  fs.readFileSync = function (file, options) {
    if (options !== undefined || typeof file !== "string" || !DEFINITIONS.test(file)) {
      return readFileSync.apply(this, arguments);
    }
    return sliceable(file, () => readFileSync(file));
  };
}

/** What jsii uses of a Buffer, `toString(encoding, start, end)`, read from the file; anything else reads all of it. */
function sliceable(file, readAll) {
  const descriptor = fs.openSync(file, "r");
  const toString = (encoding, start, end) => {
    if (!Number.isInteger(start) || !Number.isInteger(end)) return readAll().toString(encoding, start, end);
    const row = Buffer.allocUnsafe(end - start);
    const length = fs.readSync(descriptor, row, 0, row.length, start);
    return row.toString(encoding, 0, length);
  };
  return new Proxy({}, {
    get: (_target, name) => {
      if (name === "toString") return toString;
      const all = readAll();
      return typeof all[name] === "function" ? all[name].bind(all) : all[name];
    },
  });
}

optimizeLater();
checkNode();
keepWorkers();
reuseBufferForDigest();
readDefinitionsByRow();
require(program);
