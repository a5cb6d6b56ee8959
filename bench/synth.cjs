// Makes the stacks of one synthesized environment again, several times, the way a JavaScript program does that imports
// only the submodules it uses: `node synth.cjs LIBRARY SYNTHESIZED ENVIRONMENT COPIES OUTDIR`.
"use strict";

const fs = require("fs");
const path = require("path");

const [library, synthesized, environment, copies, outdir] = process.argv.slice(2);
const cdktf = require(library);
const { App, DataTerraformRemoteStateLocal, LocalBackend, TerraformOutput, TerraformStack } = cdktf;
const PROVIDERS = ["aws", "helm", "kubernetes"];

const camelCase = (name) => name.replace(/_+([a-z0-9])/g, (_match, letter) => letter.toUpperCase());

/** Attribute names as the constructs take them; strings, which may hold references, stay as they are. */
function asConfig(value) {
  if (Array.isArray(value)) return value.map(asConfig);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => name !== "//" && name !== "depends_on");
  return Object.fromEntries(entries.map(([name, inner]) => [camelCase(name), asConfig(inner)]));
}

/** The construct class of a type of Terraform, from its own submodule, or cdktf's own. */
function constructClass(type, prefix) {
  const [provider] = type.split("_");
  if (provider === "terraform") return Object.values(cdktf).find((exported) => exported.tfResourceType === type);
  const name = prefix === "" ? type.slice(provider.length + 1) : `${prefix}${type}`;
  const submodule = require(`@${library}/provider-${provider}/lib/${name.replace(/_/g, "-")}`);
  return Object.values(submodule).find((exported) => exported.tfResourceType === type);
}

function addAll(stack, blocks, prefix) {
  for (const [type, instances] of Object.entries(blocks)) {
    for (const [id, config] of Object.entries(instances)) {
      if (type === "terraform_remote_state") {
        new DataTerraformRemoteStateLocal(stack, id, { path: config.config.path });
      } else {
        new (constructClass(type, prefix))(stack, id, asConfig(config));
      }
    }
  }
}

function addProviders(stack, providers) {
  for (const name of PROVIDERS.filter((provider) => provider in providers)) {
    const submodule = require(`@${library}/provider-${name}/lib/provider`);
    const provider = Object.values(submodule).find((exported) => exported.tfResourceType === name);
    for (const config of providers[name]) new provider(stack, name, asConfig(config));
  }
}

function addStack(app, name, content) {
  const stack = new TerraformStack(app, name);
  new LocalBackend(stack, { path: `../../../.state/${name}.tfstate` });
  addProviders(stack, content.provider);
  addAll(stack, content.data ?? {}, "data_");
  addAll(stack, content.resource ?? {}, "");
  for (const [id, output] of Object.entries(content.output ?? {})) new TerraformOutput(stack, id, { value: output.value });
}

const stacks = fs.readdirSync(path.join(synthesized, "stacks")).filter((name) => name.startsWith(`${environment}-`));
const contents = stacks.map((name) =>
  JSON.parse(fs.readFileSync(path.join(synthesized, "stacks", name, "cdk.tf.json"), "utf8")),
);
// As the project does: for some resources the validations start terraform.
const app = new App({ outdir, skipValidation: true });
for (let copy = 0; copy < Number(copies); copy += 1) {
  stacks.forEach((name, index) => addStack(app, `copy${copy}-${name}`, contents[index]));
}
app.synth();
