/*
 * One operation: what it does, what it takes, what it answers, and how to call it.
 */
import { copyButton, h } from "/docs/dom.js";
import { markdown } from "/docs/markdown.js";
import { facts, resolve, schemaView, typeLabel } from "/docs/schema.js";
import { requestSample, responseSample } from "/docs/sample.js";

/* Headers that every operation takes or answers; the guide explains them once. */
const COMMON_HEADERS = new Set(["X-Request-Id", "traceparent"]);
/* Statuses that any operation can answer. */
const COMMON_STATUS = new Set(["400", "406", "408", "413", "414", "429", "431", "500", "503"]);
const GROUPS = [["path", "In the path"], ["query", "In the query"], ["header", "Headers"]];

export function operationView(document_, operation) {
  const title = h("h3", { id: operation.operationId, tabindex: "-1" }, operation.summary,
    h("a.anchor", { href: `#${operation.operationId}`, "aria-label": `Link to ${operation.summary}` }, "#"));
  const samples = h("div.operation-samples", null,
    requestSample(document_, operation), responseSample(document_, operation));
  return h("section.operation", { "data-operation": operation.operationId, "aria-labelledby": operation.operationId },
    h("div.operation-text", null,
      title,
      h("div.route", null, methodBadge(operation.method), pathView(operation.path), copyButton(() => operation.path, "Copy the path")),
      accessView(operation),
      markdown(operation.description),
      parametersView(document_, operation),
      bodyView(document_, operation),
      answersView(document_, operation)),
    samples);
}

export function methodBadge(method) {
  return h("span.method", { "data-method": method }, method === "delete" ? "DEL" : method.toUpperCase());
}

/* Breaks at slashes only, parameters in their own colour. */
function pathView(path) {
  return h("code.path", null, path.split(/(?=\/)/).map((part) => [
    part.includes("{") ? ["/", h("span.path-parameter", null, part.slice(1))] : part, h("wbr")]));
}

function accessView(operation) {
  const scopes = operation.security.flatMap((requirement) => requirement.bearer ?? []);
  const marks = [];
  if (!operation.security.length) marks.push(h("span.mark", null, "open to everybody"));
  else if (!scopes.length) marks.push(h("span.mark", null, "any token or key"));
  else marks.push(...scopes.map((scope) => h("span.mark", null, "scope ", h("code", null, scope))));
  const most = operation["x-mypos-max-body"];
  if (most) marks.push(h("span.mark", null, `body up to ${most / 1048576} MiB`));
  if (operation["x-mypos-streamed"]) marks.push(h("span.mark", null, "streamed"));
  if (operation["x-mypos-refuses-card-numbers"]) marks.push(h("span.mark", null, "refuses card numbers"));
  if (operation["x-mypos-sealed"]) marks.push(h("span.mark", null, "answers a secret"));
  marks.push(h("span.mark.operation-id", null, h("code", null, operation.operationId)));
  return h("p.marks", null, marks);
}

export function parametersView(document_, operation) {
  const parameters = operation.parameters.map((parameter) => resolve(document_, parameter).value);
  const own = parameters.filter((parameter) => !COMMON_HEADERS.has(parameter.name));
  const common = parameters.filter((parameter) => COMMON_HEADERS.has(parameter.name));
  return [
    GROUPS.map(([place, label]) => {
      const list = own.filter((parameter) => parameter.in === place);
      return list.length > 0 && [h("h4", null, label), parameterList(document_, list)];
    }),
    common.length > 0 && h("details.more", null,
      h("summary", null, "Headers that every operation takes"), parameterList(document_, common)),
  ];
}

function parameterList(document_, parameters) {
  return h("ul.members", null, parameters.map((parameter) => h("li.member", null,
    h("div.member-head", null,
      h("code.member-name", null, parameter.name),
      h("span.member-type", null, typeLabel(document_, parameter.schema)),
      parameter.required && h("span.required", null, "required")),
    markdown(parameter.description),
    facts(document_, { ...parameter.schema, examples: parameter.example === undefined ? [] : [parameter.example] }))));
}

function bodyView(document_, operation) {
  const body = operation.requestBody;
  if (!body) return null;
  const types = Object.keys(body.content);
  const schema = Object.values(body.content)[0].schema;
  return [
    h("h4", null, "Body"),
    h("p.types", null, types.map((type) => h("code", null, type))),
    body.description && markdown(body.description),
    resolve(document_, schema).value.properties ? schemaView(document_, schema) : null,
  ];
}

export function answersView(document_, operation) {
  const entries = Object.entries(operation.responses);
  const own = entries.filter(([status]) => !COMMON_STATUS.has(status));
  const common = entries.filter(([status]) => COMMON_STATUS.has(status));
  return [
    h("h4", null, "Answers"),
    h("div.answers", null, own.map(([status, response]) => answerView(document_, status, response))),
    common.length > 0 && h("details.more", null,
      h("summary", null, "Answers that every operation can give"),
      h("div.answers", null, common.map(([status, response]) => answerView(document_, status, response)))),
  ];
}

/* Made when opened first: there are hundreds, and few are read. */
function answerView(document_, status, response) {
  const { value } = resolve(document_, response);
  const box = h("details.answer", null,
    h("summary", null, h("span.status", { "data-class": status[0] }, status), h("div.answer-words", null, markdown(value.description))));
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(answerBody(document_, value));
  });
  return box;
}

function answerBody(document_, response) {
  const headers = Object.entries(response.headers ?? {}).filter(([name]) => !COMMON_HEADERS.has(name));
  const content = Object.entries(response.content ?? {});
  const codes = Object.keys(response.content?.["application/problem+json"]?.examples ?? {});
  return h("div.answer-body", null,
    codes.length > 0 && h("p.codes", null, "Problems: ", codes.map((code) =>
      h("a", { href: `#problem-${code}` }, h("code", null, code)))),
    headers.length > 0 && [h("h5", null, "Headers"), headerList(document_, headers)],
    content.map(([type, media]) => [
      h("h5", null, h("code", null, type)),
      media.schema && schemaView(document_, media.schema),
    ]),
    content.length === 0 && h("p.quiet", null, "No body."));
}

function headerList(document_, headers) {
  return h("ul.members", null, headers.map(([name, header]) => {
    const { value } = resolve(document_, header);
    return h("li.member", null,
      h("div.member-head", null, h("code.member-name", null, name), h("span.member-type", null, typeLabel(document_, value.schema))),
      markdown(value.description),
      facts(document_, { ...value.schema, examples: value.example === undefined ? [] : [value.example] }));
  }));
}
