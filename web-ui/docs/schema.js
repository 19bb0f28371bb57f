/*
 * Schemas as lists of members. What is inside a member opens on demand, so a schema may be as deep as it
 * likes, or refer to itself.
 */
import { h } from "/docs/dom.js";
import { markdown } from "/docs/markdown.js";

/* Follows `$ref`s of the bundled document; the name of the component stays known. */
export function resolve(document_, value) {
  let name = null;
  for (let depth = 0; value?.$ref && depth < 10; depth++) {
    const path = value.$ref.replace(/^#\//, "").split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    name ??= path.at(-1);
    const siblings = { ...value };
    delete siblings.$ref;
    value = { ...path.reduce((at, part) => at?.[part], document_), ...siblings };
  }
  return { value: value ?? {}, name };
}

export function schemaView(document_, schema) {
  const { value } = resolve(document_, schema);
  const inner = innerObject(document_, value);
  return h("div.schema", null,
    value.type !== "object" && h("p.schema-type", null, typeLabel(document_, schema)),
    value.description && markdown(value.description),
    inner && memberList(document_, inner));
}

/* The object whose members are worth listing: the schema, or what its arrays hold. */
function innerObject(document_, schema) {
  let { value } = resolve(document_, schema);
  while (value.items) ({ value } = resolve(document_, value.items));
  return value.properties ? value : null;
}

function memberList(document_, object) {
  const required = new Set(object.required ?? []);
  return h("ul.members", null, Object.entries(object.properties).map(([name, schema]) =>
    memberItem(document_, name, schema, required.has(name))));
}

function memberItem(document_, name, schema, required) {
  const { value } = resolve(document_, schema);
  const inner = innerObject(document_, value);
  return h("li.member", null,
    h("div.member-head", null,
      h("code.member-name", null, name),
      h("span.member-type", null, typeLabel(document_, schema)),
      required && h("span.required", null, "required"),
      value.readOnly && h("span.mark", null, "read only"),
      value.writeOnly && h("span.mark", null, "write only"),
      value.deprecated && h("span.mark", null, "deprecated")),
    value.description && markdown(value.description),
    facts(document_, value),
    inner && expander(document_, inner));
}

/* Its members are made when it is opened first. */
function expander(document_, object) {
  const box = h("details.expander", null, h("summary", null, `Members (${Object.keys(object.properties).length})`));
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(memberList(document_, object));
  });
  return box;
}

export function typeLabel(document_, schema) {
  const { value, name } = resolve(document_, schema);
  const types = [value.type ?? (value.enum || value.const !== undefined ? "string" : "any")].flat();
  const label = types.filter((type) => type !== "null").map((type) => {
    if (type === "array") return `array of ${typeLabel(document_, value.items ?? {})}`;
    if (type === "object" && name) return name;
    return value.format ? `${type} · ${value.format}` : type;
  }).join(" or ");
  return types.includes("null") ? `${label} or null` : label;
}

/* Everything a value must keep to, in words. */
export function facts(document_, schema) {
  const list = [];
  const add = (label, ...values) => list.push(h("li", null, label, values.flat().flatMap((value) => [" ", value])));
  const code = (value) => h("code", null, typeof value === "string" ? value : JSON.stringify(value));
  const range = (low, high, one, many) => {
    if (low !== undefined && high !== undefined) return low === high ? `${count(low)} ${low === 1 ? one : many}` : `${count(low)} to ${count(high)} ${many}`;
    return low !== undefined ? `at least ${count(low)} ${low === 1 ? one : many}` : `at most ${count(high)} ${high === 1 ? one : many}`;
  };
  const { value } = resolve(document_, schema);
  if (value.const !== undefined) add("always", code(value.const));
  if (value.enum) add("one of", value.enum.map((each) => code(each)));
  if (value.minLength !== undefined || value.maxLength !== undefined) add(range(value.minLength, value.maxLength, "character", "characters"));
  if (value.minimum !== undefined || value.maximum !== undefined) add(range(value.minimum, value.maximum, "", ""));
  if (value.minItems !== undefined || value.maxItems !== undefined) add(range(value.minItems, value.maxItems, "entry", "entries"));
  if (value.uniqueItems) add("no entry twice");
  if (value.pattern) add("matches", code(value.pattern));
  if (value.default !== undefined) add("default", code(value.default));
  if (value.examples?.length) add("such as", value.examples.map((each) => code(each)));
  if (value.type === "array" && value.items) {
    const items = resolve(document_, value.items).value;
    if (!items.properties) list.push(...(facts(document_, items)?.children ?? []));
  }
  return list.length ? h("ul.facts", null, list) : null;
}

function count(number) {
  return Number.isSafeInteger(number) && Math.abs(number) === Number.MAX_SAFE_INTEGER
    ? `${number < 0 ? "−" : ""}(2⁵³ − 1)`
    : number.toLocaleString("en");
}
