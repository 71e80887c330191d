// Judges requests by IAM's rules, as AWS would: reads {"policies": {NAME: POLICY}, "requests": [...]} from standard input
// and prints a list of {"result", "lacks"}. The result is Allowed, ImplicitlyDenied or ExplicitlyDenied, or Meaningless for a
// resource that the action knows no such kind of; lacks are the kinds of policies that do not allow what is denied, of
// identity, boundary and resource. Each request has a principal, an action, a resource and an account, the context that AWS
// would know of it, the names of the policies of the principal (identity), of its boundaries (boundary) and of the resource
// (resourcePolicy). What cannot be judged is an error, never a denial: a condition on a key, too, that is dropped because
// AWS's reference does not list it for the action.
import { text } from "node:stream/consumers";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const { policies, requests } = JSON.parse(await text(process.stdin));

const named = (name) => {
  if (!policies[name]) throw new Error(`there is no policy ${name}`);
  return { name, policy: policies[name] };
};

const judge = async ({ principal, action, resource, account, context, identity, boundary, resourcePolicy }) => {
  const judged = await runSimulation({
    request: { principal, action, resource: { resource, accountId: account }, contextVariables: context ?? {} },
    identityPolicies: identity.map(named),
    permissionBoundaryPolicies: boundary?.map(named),
    resourcePolicy: resourcePolicy && named(resourcePolicy).policy,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {});
  if (judged.errors?.message === "no.resource.types") return { result: "Meaningless", lacks: [] };
  if (judged.resultType === "error") {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(judged.errors)}`);
  }
  const { analysis, ignoredContextKeys } = judged.result ?? judged.results[0] ?? { analysis: {}, ignoredContextKeys: [] };
  const asked = () => [...identity, ...(boundary ?? []), ...(resourcePolicy ? [resourcePolicy] : [])].flatMap((name) => conditionKeys(policies[name], action));
  const dropped = ignoredContextKeys.length > 0 ? ignoredContextKeys.filter((key) => asked().includes(key.toLowerCase())) : [];
  if (dropped.length > 0) throw new Error(`${action} on ${resource}: conditions on ${dropped} are not judged`);
  const lacks = Object.entries({ identity: analysis.identityAnalysis, boundary: analysis.permissionBoundaryAnalysis, resource: analysis.resourceAnalysis })
    .filter(([, part]) => part && !["Allowed", "AllowedForAccount", "NotApplicable"].includes(part.result)).map(([kind]) => kind);
  return { result: judged.overallResult, lacks };
};

// conditionKeys are the context keys that a policy's statements for an action ask for.
const conditionKeys = ({ Statement }, action) => [Statement].flat()
  .filter(({ Action }) => [Action ?? []].flat().some((pattern) => meant(pattern).test(action)))
  .flatMap(({ Condition }) => Object.values(Condition ?? {}).flatMap(Object.keys)).map((key) => key.toLowerCase());

// meant is a pattern of actions as a regular expression.
const meant = (pattern) => new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");

const decisions = [];
for (const request of requests) decisions.push(await judge(request));
process.stdout.write(JSON.stringify(decisions));
