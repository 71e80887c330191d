package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// statement is what a policy allows.
type statement struct{ Action, Resource []string }

func (b *builder) policy(in, _ properties, _ string) error {
	var document struct{ Statement []statement }
	if err := json.Unmarshal([]byte(in.text("policy")), &document); err != nil {
		return fmt.Errorf("read the policy: %w", err)
	}
	b.grants[in.text("role")] = append(b.grants[in.text("role")], document.Statement...)
	return nil
}

// granted are the ARNs on which a role may do something.
func (b *builder) granted(roleARN, action string) (resources []string) {
	for _, statement := range b.grants[roleARN[strings.LastIndex(roleARN, "/")+1:]] {
		if slices.Contains(statement.Action, action) {
			resources = append(resources, statement.Resource...)
		}
	}
	return resources
}

// locations are the prefixes, such as s3://bucket/folder/, under which a role may read or write objects.
func (b *builder) locations(roleARN, action string) (addresses []string) {
	for _, arn := range b.granted(roleARN, action) {
		if _, path, is := strings.Cut(arn, ":s3:::"); is {
			addresses = append(addresses, "s3://"+path[:strings.LastIndex(path, "/")+1])
		}
	}
	return addresses
}
