/*
 * What the server sends by itself: the document's `webhooks`. All share headers and answers, which are shown once;
 * types with the same message share a section.
 */
import { h } from "/docs/dom.js";
import { answersView, parametersView } from "/docs/operation.js";
import { markdown } from "/docs/markdown.js";
import { schemaView } from "/docs/schema.js";

/* [{id, summary, types, schema}], in the order of the document. */
export function eventsOf(document_) {
  const byMessage = new Map();
  for (const [type, { post }] of Object.entries(document_.webhooks ?? {})) {
    const { schema } = post.requestBody.content["application/json"];
    const event = byMessage.get(schema.$ref) ?? { id: `event-${type}`, summary: post.summary, types: [], schema };
    event.types.push(type);
    byMessage.set(schema.$ref, event);
  }
  return [...byMessage.values()];
}

export function eventsView(document_, events) {
  const { post } = Object.values(document_.webhooks)[0];
  return h("section.tag", { "aria-labelledby": "tag-events" },
    h("h2", { id: "tag-events", tabindex: "-1" }, "Events", anchor("tag-events", "Events")),
    markdown(post.description),
    h("section.operation", { "aria-label": "Every message" },
      h("div.operation-text", null, parametersView(document_, post), answersView(document_, post))),
    events.map((event) => eventView(document_, event)));
}

function eventView(document_, event) {
  const message = h("details.more", null, h("summary", null, "The message"));
  message.addEventListener("toggle", () => {
    if (message.open && message.childElementCount === 1) message.append(schemaView(document_, event.schema));
  });
  return h("section.operation", { "data-event": event.id, "aria-labelledby": event.id },
    h("div.operation-text", null,
      h("h3", { id: event.id, tabindex: "-1" }, summaryText(event.summary), anchor(event.id, event.summary)),
      h("p.marks", null, event.types.map((type) => h("span.mark", { "data-event-type": type }, h("code", null, type)))),
      message));
}

function anchor(id, title) {
  return h("a.anchor", { href: `#${id}`, "aria-label": `Link to ${summaryText(title)}` }, "#");
}

/* As text: a summary has no more of Markdown than backticks. */
export function summaryText(summary) {
  return summary.replaceAll("`", "");
}
