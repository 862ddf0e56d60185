// usage: node peers.mjs ENGINE FOLDER: another engine on the same 16 rules and sheets; run in the folder
// that has node_modules (scripts/bench rules --peers installs them).
//
// ENGINE: javascript, json-logic-engine, cel-js, bufbuild-cel, zen, json-rules-engine.
// Prints {"cpu_us": median, "fired": [[numbers]…], "open": [[1 fires, 0 not, null an error or unknown]…]}
// where "open" are the answers, rule by rule, to the sheets with missing facts.
// usage: node peers.mjs ENGINE FOLDER ids: reads facts.jsonl, prints the fired numbers a line: end to end.
import fs from 'fs';
import {createRequire} from 'module';
const require = createRequire(process.cwd() + '/');
const [engine, folder, mode] = process.argv.slice(2);
const spec = JSON.parse(fs.readFileSync(new URL('rules.json', import.meta.url)));
const load = async name => import(require.resolve(name));
const kCommon = ['matmul', 'conv2d', 'add', 'relu', 'softmax', 'layernorm', 'gather', 'reduce'];
const kKnown = ['tensorflow', 'jax', 'pytorch'];

const javascript = [
  s => s.job.stage === 'prototype', s => s.model.params_m < 1 && s.job.est_cpu_hours < 1,
  s => s.model.framework === 'tensorflow' && s.model.custom_cpp_op_fraction > .5,
  s => s.host.io_utilization >= .9 || s.host.net_utilization >= .9, s => s.model.framework !== 'tensorflow',
  s => !s.model.source_available || s.model.change_effort === 'hard',
  s => s.model.custom_ops > 0 && s.model.custom_cpp_op_fraction <= .5, s => s.model.ops.some(o => !kCommon.includes(o)),
  s => s.model.params_m >= 10 && s.job.batch_size >= 256, s => s.model.matmul_fraction >= .7,
  s => s.model.custom_ops_in_loop === 0, s => s.job.est_cpu_hours >= 336 || s.job.est_gpu_hours >= 336,
  s => s.model.params_m >= 100 && s.job.batch_size >= 4096, s => s.model.precision_bits > 32,
  s => !s.model.source_available && s.model.framework !== 'tensorflow', s => !kKnown.includes(s.model.framework)];

const v = path => ({var: path});
const jsonLogic = [
  {'===': [v('job.stage'), 'prototype']}, {and: [{'<': [v('model.params_m'), 1]}, {'<': [v('job.est_cpu_hours'), 1]}]},
  {and: [{'===': [v('model.framework'), 'tensorflow']}, {'>': [v('model.custom_cpp_op_fraction'), .5]}]},
  {or: [{'>=': [v('host.io_utilization'), .9]}, {'>=': [v('host.net_utilization'), .9]}]},
  {'!==': [v('model.framework'), 'tensorflow']},
  {or: [{'!': [v('model.source_available')]}, {'===': [v('model.change_effort'), 'hard']}]},
  {and: [{'>': [v('model.custom_ops'), 0]}, {'<=': [v('model.custom_cpp_op_fraction'), .5]}]},
  {some: [v('model.ops'), {'!': [{in: [v(''), kCommon]}]}]},
  {and: [{'>=': [v('model.params_m'), 10]}, {'>=': [v('job.batch_size'), 256]}]}, {'>=': [v('model.matmul_fraction'), .7]},
  {'===': [v('model.custom_ops_in_loop'), 0]},
  {or: [{'>=': [v('job.est_cpu_hours'), 336]}, {'>=': [v('job.est_gpu_hours'), 336]}]},
  {and: [{'>=': [v('model.params_m'), 100]}, {'>=': [v('job.batch_size'), 4096]}]}, {'>': [v('model.precision_bits'), 32]},
  {and: [{'!': [v('model.source_available')]}, {'!==': [v('model.framework'), 'tensorflow']}]},
  {'!': [{in: [v('model.framework'), kKnown]}]}];

// ZEN's own expressions follow from CEL's for these rules.
const zenText = when => when.replaceAll('"', "'").replaceAll('&&', 'and').replaceAll('||', 'or')
  .replace(/!\((\S+) in (\[.*?\])\)$/, '$1 not in $2').replace(/(\S+)\.exists\(o, !\(o in (\[.*?\])\)\)/, 'some($1, # not in $2)')
  .replace(/!(model\S+)/g, 'not $1').replace(/(\d+)\.0\b/g, '$1');

// ints are BigInts in both CEL engines: converted before the clock starts.
const typed = (sheet, make) => make(Object.entries(sheet).map(([group, facts]) => [group, make(Object.entries(facts)
  .map(([key, value]) => [key, spec.facts[group][key] === 'int' ? BigInt(value) : value]))]));

// {prepare(sheet), one: [prepared => value], all?: async prepared => [numbers]}
const engines = {
  javascript: async () => ({prepare: s => s, one: javascript}),
  'json-logic-engine': async () => {
    const {LogicEngine} = require('json-logic-engine');
    const logic = new LogicEngine();
    return {prepare: s => s, one: jsonLogic.map(rule => logic.build(rule))};
  },
  'cel-js': async () => {
    const {Environment} = await load('@marcbachmann/cel-js');
    const environment = new Environment({unlistedVariablesAreDyn: true});
    return {prepare: s => typed(s, Object.fromEntries), one: spec.rules.map(rule => environment.parse(rule.when))};
  },
  'bufbuild-cel': async () => {
    const cel = await load('@bufbuild/cel');
    const environment = cel.celEnv();
    return {prepare: s => Object.fromEntries(typed(s, entries => new Map(entries))),
      one: spec.rules.map(rule => cel.plan(environment, cel.parse(rule.when)))};
  },
  zen: async () => {
    const {ZenEngine, evaluateExpressionSync} = require('@gorules/zen-engine');
    const rows = spec.rules.map((rule, i) => ({_id: `${i}`, when: zenText(rule.when), number: `${i}`}));
    const decision = new ZenEngine().createDecision(Buffer.from(JSON.stringify({
      nodes: [{id: 'in', type: 'inputNode', name: 'in', position: {x: 0, y: 0}},
        {id: 'table', type: 'decisionTableNode', name: 'rules', position: {x: 1, y: 0},
          content: {hitPolicy: 'collect', inputs: [{id: 'when', name: 'when', type: 'expression'}],
            outputs: [{id: 'number', field: 'number', name: 'number', type: 'expression'}], rules: rows}},
        {id: 'out', type: 'outputNode', name: 'out', position: {x: 2, y: 0}}],
      edges: [{id: 'a', type: 'edge', sourceId: 'in', targetId: 'table'}, {id: 'b', type: 'edge', sourceId: 'table', targetId: 'out'}]})));
    return {prepare: s => s, one: rows.map(row => s => evaluateExpressionSync(row.when, s)),
      all: async s => { const {result} = await decision.evaluate(s); return Array.isArray(result) ? result.map(r => r.number) : []; }};
  },
  'json-rules-engine': async () => {
    const {Engine} = require('json-rules-engine');
    const c = (path, operator, value) => ({fact: path.split('.')[0], path: '$.' + path.split('.')[1], operator, value});
    const some = {'<': 'lessThan', '<=': 'lessThanInclusive', '>': 'greaterThan', '>=': 'greaterThanInclusive',
      '===': 'equal', '!==': 'notEqual'};
    const translate = rule => {
      const [op, args] = Object.entries(rule)[0];
      if (op === 'and') return {all: args.map(translate)};
      if (op === 'or') return {any: args.map(translate)};
      if (op === 'some') return c('model.ops', 'someNotIn', kCommon);
      if (op === '!' && args[0].in) return c(args[0].in[0].var, 'notIn', args[0].in[1]);
      if (op === '!') return c(args[0].var, 'equal', false);
      return c(args[0].var, some[op], args[1]);
    };
    const engine = only => {
      const e = new Engine();
      e.addOperator('someNotIn', (ops, known) => ops.some(o => !known.includes(o)));
      jsonLogic.forEach((rule, i) => {
        const condition = translate(rule);
        if (only === undefined || only === i)
          e.addRule({conditions: condition.all || condition.any ? condition : {all: [condition]}, event: {type: `${i}`}});
      });
      return e;
    };
    const whole = engine(), single = jsonLogic.map((_, i) => engine(i));
    return {prepare: s => s, one: single.map(e => async s => (await e.run(s)).events.length > 0),
      all: async s => (await whole.run(s)).events.map(event => Number(event.type))};
  },
};

const {prepare, one, all} = await engines[engine]();
const fired = all ?? (s => { const out = []; for (let i = 0; i < one.length; ++i) if (one[i](s) === true) out.push(i); return out; });
const lines = name => fs.readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n');
if (mode === 'ids') {
  let out = '';
  for (const line of lines('facts.jsonl')) {
    const sheet = prepare(JSON.parse(line));
    out += (all ? await fired(sheet) : fired(sheet)).map(i => spec.rules[i].id).join(',') + '\n';
  }
  process.stdout.write(out, () => process.exit(0));
  await new Promise(() => {});
}
const sheets = lines('facts.jsonl').map(line => prepare(JSON.parse(line)));
const times = [];
let answers = [];
for (let round = -1; round < 5; ++round) {
  const start = process.cpuUsage();
  answers = [];
  if (all) for (const sheet of sheets) answers.push(await fired(sheet));
  else for (const sheet of sheets) answers.push(fired(sheet));
  const {user, system} = process.cpuUsage(start);
  if (round >= 0) times.push((user + system) / sheets.length);
}
const open = [];
for (const line of lines('partial.jsonl')) {
  const sheet = prepare(JSON.parse(line));
  const row = [];
  for (const rule of one) {
    try {
      const value = await rule(sheet);
      row.push(value === true ? 1 : value === false ? 0 : null);
    } catch { row.push(null); }
  }
  open.push(row);
}
const report = {cpu_us: times.sort((a, b) => a - b)[2], fired: answers.map(a => a.map(Number)), open};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
