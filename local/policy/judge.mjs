// Judges requests by IAM's rules, as AWS would: reads {"policies": {NAME: POLICY}, "requests": [...]} from standard input
// and prints a list of Allowed, ImplicitlyDenied and ExplicitlyDenied, or Meaningless for a resource that the action knows
// no such kind of. Each request has a principal, an action, a
// resource and an account, the context that AWS would know of it, the names of the policies of the principal (identity),
// of its boundaries (boundary) and of the resource (resourcePolicy). What cannot be judged is an error, never a denial.
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
  if (judged.errors?.message === "no.resource.types") return "Meaningless";
  if (judged.resultType === "error") {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(judged.errors)}`);
  }
  return judged.overallResult;
};

const decisions = [];
for (const request of requests) decisions.push(await judge(request));
process.stdout.write(JSON.stringify(decisions));
