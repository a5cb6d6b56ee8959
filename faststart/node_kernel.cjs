// Runs jsii's kernel (`lib/program.js`) in this process; its argument is the folder of jsii's embedded files, in which
// a path such as lib/program.js is stored as lib__program.js.
"use strict";

const childProcess = require("child_process");
const fs = require("fs");
const path = require("path");
const workerThreads = require("worker_threads");

const embedded = process.argv[2];
const program = path.join(embedded, "lib__program.js");
const STARTED = new Error("jsii-runtime.js is about to start program.js");

/** Let jsii check the version of Node: its start script does so before it would start a second Node, prevented here. */
function checkNode() {
  const { spawn } = childProcess;
  childProcess.spawn = () => {
    throw STARTED;
  };
  try {
    require(path.join(embedded, "bin__jsii-runtime.js"));
  } catch (error) {
    if (error !== STARTED) throw error;
  } finally {
    childProcess.spawn = spawn;
  }
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
        if (exitCode !== undefined && running.size === 0) exit.call(process, exitCode);
      });
    }
  };
  process.exit = (code) => {
    if (running.size === 0) exit.call(process, code);
    exitCode = code === undefined ? 0 : code;
  };
}

checkNode();
keepWorkers();
require(program);
