package stack

import "datalake/components"

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
