// CloudFormation's templates as data: !Ref, !Sub and the rest become {Ref}, {'Fn::Sub'}, as JSON has them.
import { readFileSync } from 'node:fs';
import { isMap, isSeq, parseDocument } from 'yaml';

function plain(node) {
    const value = isMap(node)
        ? Object.fromEntries(node.items.map(({ key, value: member }) => [key.value, plain(member)]))
        : isSeq(node) ? node.items.map(plain) : node?.value ?? null;
    const name = /^!([A-Z]\w+)$/.exec(node?.tag ?? '')?.[1];
    if (!name) {
        return value;
    }
    // Only the first point divides: the attribute of a nested stack is "Outputs.BucketName".
    const argument = name === 'GetAtt' && typeof value === 'string' ? value.split(/\.(.*)/s).slice(0, 2) : value;
    return { [['Ref', 'Condition'].includes(name) ? name : `Fn::${name}`]: argument };
}

export const readTemplate = (file) => plain(parseDocument(readFileSync(file, 'utf8'), { logLevel: 'silent' }).contents);

/** A copy in which `change` has had its say on every object: what it answers, or undefined to go deeper. */
export function rewrite(value, change) {
    if (Array.isArray(value)) {
        return value.map((item) => rewrite(item, change));
    }
    if (value === null || typeof value !== 'object') {
        return value;
    }
    return change(value) ?? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rewrite(member, change)]));
}

/** Values for Ref and Sub, and conditions for If; what is not known stays as it is. */
export const resolve = (value, known) => rewrite(value, (object) => {
    if ('Ref' in object && object.Ref in known) {
        return known[object.Ref];
    }
    if ('Fn::GetAtt' in object && object['Fn::GetAtt'].join('.') in known) {
        return known[object['Fn::GetAtt'].join('.')];
    }
    const [condition = '', then, otherwise] = object['Fn::If'] ?? [];
    if (condition in known) {
        return resolve(known[condition] ? then : otherwise, known);
    }
    if (!('Fn::Sub' in object)) {
        return undefined;
    }
    const [template, values = {}] = [object['Fn::Sub']].flat();
    const given = resolve(values, known);
    const text = template.replace(/\$\{([^!}]+)\}/g, (whole, name) => {
        const value = given[name] ?? known[name];
        return ['string', 'number'].includes(typeof value) ? value : whole;
    });
    const left = Object.fromEntries(Object.entries(given).filter(([name]) => text.includes(`\${${name}}`)));
    return !/\$\{[^!]/.test(text) ? text : { 'Fn::Sub': Object.keys(left).length > 0 ? [text, left] : text };
});

// A nested template's parts as parts of its parent: ids begin with the stack's, parameters are what the parent gives.
function inlined(stack, template, given, outputsOf) {
    const expression = (name) => {
        const parameter = template.Parameters?.[name];
        const value = given[name] ?? parameter.Default;
        return parameter.Type.startsWith('List<') ? { 'Fn::Split': [',', value] } : value;
    };
    const isParameter = (name) => name in (template.Parameters ?? {});
    const isResource = (name) => name in template.Resources;
    const change = (object) => {
        if ('Ref' in object) {
            return isParameter(object.Ref) ? outputsOf(expression(object.Ref))
                : { Ref: isResource(object.Ref) ? stack + object.Ref : object.Ref };
        }
        if ('Fn::GetAtt' in object) {
            const [id, attribute] = object['Fn::GetAtt'];
            return { 'Fn::GetAtt': [isResource(id) ? stack + id : id, attribute] };
        }
        if ('Fn::Sub' in object) {
            const values = {};
            const text = object['Fn::Sub'].replace(/\$\{([^!}]+)\}/g, (whole, name) => {
                if (isParameter(name)) {
                    values[name] = outputsOf(expression(name));
                    return whole;
                }
                return isResource(name.split('.')[0]) ? `\${${stack}${name}}` : whole;
            });
            return { 'Fn::Sub': Object.keys(values).length > 0 ? [text, values] : text };
        }
        if ('Fn::If' in object) {
            const [condition, ...values] = object['Fn::If'];
            return { 'Fn::If': [stack + condition, ...values.map((value) => rewrite(value, change))] };
        }
        return typeof object.Condition === 'string' && Object.keys(object).length === 1 ? { Condition: stack + object.Condition } : undefined;
    };
    return { change, conditions: rewrite(template.Conditions ?? {}, change) };
}

/** One template of a root and its nested ones ({file name: template}), with the same resources and outputs. */
export function flatten(root, nested) {
    const isStack = ({ Type }) => Type === 'AWS::CloudFormation::Stack';
    const flat = { ...root, Resources: Object.fromEntries(Object.entries(root.Resources).filter(([, each]) => !isStack(each))) };
    flat.Conditions = { ...root.Conditions };
    const outputs = {};
    const outputsOf = (value) => rewrite([value], (object) => outputs[object['Fn::GetAtt']?.join('.')])[0];
    for (const [stack, { Properties, Condition }] of Object.entries(root.Resources).filter(([, each]) => isStack(each))) {
        const template = nested[Properties.TemplateURL];
        const { change, conditions } = inlined(stack, template, Properties.Parameters, outputsOf);
        for (const [name, value] of Object.entries(conditions)) {
            flat.Conditions[stack + name] = Condition ? { 'Fn::And': [{ Condition }, value] } : value;
        }
        for (const [id, { DependsOn, Condition: own, ...resource }] of Object.entries(template.Resources)) {
            flat.Resources[stack + id] = {
                ...rewrite(resource, change),
                ...(own || Condition ? { Condition: own ? stack + own : Condition } : {}),
                ...(DependsOn && { DependsOn: stack + DependsOn }),
            };
        }
        for (const [name, { Value }] of Object.entries(template.Outputs ?? {})) {
            outputs[`${stack}.Outputs.${name}`] = rewrite([Value], change)[0];
        }
    }
    flat.Outputs = outputsOf(root.Outputs);
    return flat;
}
