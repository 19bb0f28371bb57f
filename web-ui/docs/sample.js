/*
 * What to send and what comes back: a curl command and the document's examples.
 */
import { codeBlock, h } from "/docs/dom.js";
import { resolve } from "/docs/schema.js";

const FILE_OF_TYPE = { "text/csv": "products.csv", "application/gzip": "products.csv.gz", "image/jpeg": "picture.jpg" };

/* The named examples of a media type: [{name, summary, value}]. */
function examplesOf(document_, media) {
  return Object.entries(media?.examples ?? {}).map(([name, example]) => {
    const { value } = resolve(document_, example);
    return { name, summary: value.summary ?? name.replaceAll("_", " "), value: value.value };
  });
}

function show(value) {
  return typeof value === "string" ? codeBlock(value.replace(/\n$/, ""), "text") : codeBlock(JSON.stringify(value, null, 2), "json");
}

export function requestSample(document_, operation) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  const choices = content.slice(0, 1).flatMap(([type, media]) => {
    const examples = examplesOf(document_, media);
    return (examples.length ? examples : [{ name: type, summary: type }]).map((example) => ({ ...example, type }));
  });
  const view = (choice) => codeBlock(curl(document_, operation, choice), "sh");
  return panel("Request", choices.map((choice) => ({ label: choice.summary, value: choice })), view);
}

export function responseSample(document_, operation) {
  const choices = Object.entries(operation.responses).flatMap(([status, response]) =>
    Object.values(resolve(document_, response).value.content ?? {}).flatMap((media) =>
      examplesOf(document_, media).map((example) => ({ label: `${status}  ${example.summary}`, value: example.value }))));
  return choices.length ? panel("Answer", choices, show) : null;
}

function panel(title, choices, view) {
  const body = h("div.sample-body");
  const pick = (index) => body.replaceChildren(view(choices[index]?.value));
  let head = h("span.sample-title", null, title);
  if (choices.length > 1) {
    const select = h("select", { "aria-label": `${title}: which example`, onchange: () => pick(select.selectedIndex) },
      choices.map((choice) => h("option", null, choice.label)));
    head = [head, select];
  } else if (choices.length === 1) {
    head = [head, h("span.sample-name", null, choices[0].label)];
  }
  pick(0);
  return h("section.sample", { "aria-label": title }, h("div.sample-head", null, head), body);
}

/* The command that does it, with the example's values. */
function curl(document_, operation, choice) {
  const parameters = operation.parameters.map((parameter) => resolve(document_, parameter).value);
  const example = (parameter) => String(parameter.example ?? parameter.schema?.examples?.[0] ?? `{${parameter.name}}`);
  const path = operation.path.replace(/\{(\w+)\}/g, (all, name) => {
    const parameter = parameters.find((each) => each.in === "path" && each.name === name);
    return parameter ? example(parameter) : all;
  });
  const query = parameters.filter((each) => each.in === "query" && each.required)
    .map((each) => `${each.name}=${encodeURIComponent(example(each))}`).join("&");
  const lines = [];
  if (operation.method !== "get" && !(operation.method === "post" && choice)) lines.push(`-X ${operation.method.toUpperCase()}`);
  if (operation.security?.length) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (operation.method === "patch") lines.push(`-H 'If-Match: "3"'`);
  if (operation.method === "post" && (operation.responses["201"] || operation["x-mypos-streamed"])) {
    lines.push('-H "Idempotency-Key: $(uuidgen)"');
  }
  if (choice) lines.push(`-H 'Content-Type: ${choice.type}'`);
  if (choice && FILE_OF_TYPE[choice.type]) lines.push(`--data-binary @${FILE_OF_TYPE[choice.type]}`);
  else if (choice) lines.push(`-d '${JSON.stringify(choice.value, null, 2).replaceAll("'", "'\\''")}'`);
  const url = `${location.origin}${path}${query ? `?${query}` : ""}`;
  return [`curl ${query ? `'${url}'` : url}`, ...lines].join(" \\\n  ");
}
