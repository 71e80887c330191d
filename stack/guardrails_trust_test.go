package stack

import (
	"slices"

	"datalake/internal/mockaws"
)

var trustGuardrails = []guardrail{
	{
		rule:   "a role trusts the one service that uses it",
		reason: "whoever else may take the role has its rights too",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#use-roles",
		violations: each(roleType, func(d *deployment, role mockaws.Resource) (faults []string) {
			users := roleUsers(d, role)
			if len(users) != 1 {
				return []string{"is used by " + listedTexts(users) + ", not by one service"}
			}
			for _, s := range statements(role, "assumeRolePolicy") {
				sound := s.Effect == "Allow" && len(s.Principal) == 1 && slices.Equal(s.services(), users) && slices.Equal(s.Action, oneOrMore{"sts:AssumeRole"})
				faults = append(faults, unless(sound, "trusts %v and is used by %s", s.Principal, users[0])...)
			}
			return append(faults, unless(len(statements(role, "assumeRolePolicy")) == 1, "has more than one statement of trust")...)
		}),
		breaches: []breach{
			{"dev", set(roleType, "crawl-dataset-role", "lambda.amazonaws.com", "assumeRolePolicy", "Statement", 0, "Principal", "Service"), "Role crawl-dataset-role: trusts map[Service:[lambda.amazonaws.com]] and is used by states.amazonaws.com"},
			{"prod", set(roleType, "crawl-dataset-crawler-role", "444455556666", "assumeRolePolicy", "Statement", 0, "Principal", "AWS"), "Role crawl-dataset-crawler-role: trusts map[AWS:[444455556666] Service:[glue.amazonaws.com]] and is used by glue.amazonaws.com"},
			{"dev", drop(targetType, "crawl-dataset-trigger"), "Role crawl-dataset-trigger-role: is used by nobody, not by one service"},
		},
	},
	{
		rule:   "roles of Step Functions, EventBridge, Glue and IoT are for this account's resources",
		reason: "a service can be made to act for a stranger: the confused deputy",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html https://docs.aws.amazon.com/glue/latest/dg/cross-service-confused-deputy-prevention.html https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html",
		violations: eachStatement(roleType, "assumeRolePolicy", func(d *deployment, s statement) (faults []string) {
			for _, service := range s.services() {
				bound := s.isBoundTo(d.AccountID) || !slices.Contains([]string{"states.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "glue.amazonaws.com", "iot.amazonaws.com"}, service)
				faults = append(faults, unless(bound, "trusts %s for any account", service)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(roleType, "create-dataset-role", nil, "assumeRolePolicy", "Statement", 0, "Condition"), "Role create-dataset-role: trusts states.amazonaws.com for any account"},
			{"dev", set(roleType, "weekly-etl-job-role", nil, "assumeRolePolicy", "Statement", 0, "Condition"), "Role weekly-etl-job-role: trusts glue.amazonaws.com for any account"},
			{"prod", set(roleType, "crawl-dataset-trigger-role", "111122223333", "assumeRolePolicy", "Statement", 0, "Condition", "StringEquals", "aws:SourceAccount"), "Role crawl-dataset-trigger-role: trusts events.amazonaws.com for any account"},
			{"prod", set(roleType, "crawl-dataset-trigger-role", []any{"111122223333", "444455556666"}, "assumeRolePolicy", "Statement", 0, "Condition", "StringEquals", "aws:SourceAccount"), "Role crawl-dataset-trigger-role: trusts events.amazonaws.com for any account"},
		},
	},
	{
		rule:   "a role has one policy, of its own",
		reason: "shared and managed policies give one role what another one needs",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
		violations: each(roleType, func(d *deployment, role mockaws.Resource) []string {
			policies := belonging(d, rolePolicyType, "role", role.Outputs["name"])
			inside := role.Inputs["managedPolicyArns"] != nil || role.Inputs["inlinePolicies"] != nil
			return slices.Concat(unless(len(policies) == 1, "has %d policies", len(policies)), unless(!inside, "brings policies along"))
		}),
		breaches: []breach{
			{"prod", drop(rolePolicyType, "execute-queries-role"), "Role execute-queries-role: has 0 policies"},
			{"dev", set(roleType, "execute-queries-role", []any{"arn:aws:iam::aws:policy/AmazonS3FullAccess"}, "managedPolicyArns"), "Role execute-queries-role: brings policies along"},
		},
	},
	{
		rule:   "a rule's role may start its state machine, and do nothing else",
		reason: "a start that is not allowed fails without anybody noticing until the dead-letter queue fills",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-cloudwatch-events-s3.html",
		violations: each(targetType, func(d *deployment, target mockaws.Resource) []string {
			role, has := d.lookup(roleType, "arn", textAt(target.Inputs, "roleArn"))
			if !has {
				return nil
			}
			var allowed []statement
			for _, policy := range belonging(d, rolePolicyType, "role", role.Outputs["name"]) {
				allowed = append(allowed, statements(policy, "policy")...)
			}
			exact := len(allowed) == 1 && slices.Equal(allowed[0].Action, oneOrMore{"states:StartExecution"}) && slices.Equal(allowed[0].Resource, oneOrMore{textAt(target.Inputs, "arn")})
			return unless(exact, "its role may do other than start it")
		}),
		breaches: []breach{
			{"prod", set(rolePolicyType, "execute-queries-trigger-role", "arn:aws:states:ap-southeast-1:444455556666:stateMachine:*", "policy", "Statement", 0, "Resource", 0), "EventTarget execute-queries-trigger: its role may do other than start it"},
			{"dev", set(rolePolicyType, "crawl-dataset-trigger-role", "states:StopExecution", "policy", "Statement", 0, "Action", 1), "EventTarget crawl-dataset-trigger: its role may do other than start it"},
		},
	},
}

// roleUsers are the services that are given a role.
func roleUsers(d *deployment, role mockaws.Resource) (services []string) {
	for _, use := range []struct {
		token, service string
		path           []any
	}{
		{machineType, "states.amazonaws.com", []any{"roleArn"}},
		{targetType, "events.amazonaws.com", []any{"roleArn"}},
		{crawlerType, "glue.amazonaws.com", []any{"role"}},
		{jobType, "glue.amazonaws.com", []any{"roleArn"}},
		{topicRuleType, "iot.amazonaws.com", []any{"s3", 0, "roleArn"}},
	} {
		if slices.ContainsFunc(d.Find(use.token), func(user mockaws.Resource) bool { return at(user.Inputs, use.path...) == role.Outputs["arn"] }) {
			services = append(services, use.service)
		}
	}
	return services
}
