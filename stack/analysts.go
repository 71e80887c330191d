package stack

import (
	"fmt"

	"datalake/components"
)

// analystPolicy registers the policy for people who query by hand, where it is asked for, when all that they may query is
// registered.
func (e *environment) analystPolicy() error {
	if !e.config.AnalystPolicy {
		return nil
	}
	args := e.analysts
	args.Key, args.Path = e.operations.Key, e.config.RolePath
	policy, err := components.NewAnalystPolicy(e.ctx, "analysts", &args)
	if err != nil {
		return err
	}
	e.outputs.analystPolicy = policy.ARN
	return nil
}

// maxAnalystPolicy is what IAM takes of a managed policy, in characters.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxAnalystPolicy = 6144

// analystPolicySize is how many characters the policy for people who query will have, a few more rather than less: what
// it names are the datasets, which may be many, and much of it is known only once it is registered.
func (c Config) analystPolicySize(suffix string) int {
	const base, key, dataset = 2464, 170, 146
	reporter, size := weatherReport, base+key+2*len(suffix)
	for i := len(c.Datasets) - 1; i >= 0; i-- {
		d := c.Datasets[i]
		size += dataset + 2*len(d.Name+"_"+suffix) + 2*len(d.Prefix)
		if d.Queries != "" {
			reporter = d.names().report // the first one's workgroup is the one for queries by hand
		}
	}
	return size + 3*len(reporter)
}

// analystFaults says that the policy would be too long, before anything is registered.
func (c Config) analystFaults(project, stack string) []error {
	size := c.analystPolicySize(databaseName(stack))
	if !c.AnalystPolicy || size <= maxAnalystPolicy || len(c.Datasets) > maxDatasets { // too many are refused already
		return nil
	}
	return []error{fmt.Errorf("%s:analystPolicy is true, and for the %d entries of %s:datasets the policy would have about %d characters, of which IAM takes %d: give fewer datasets or shorter names and prefixes, or set it to false and write policies of your own", project, len(c.Datasets), project, size, maxAnalystPolicy)}
}
