package components

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Roles is what an account asks of the roles in it.
type Roles struct {
	// PermissionsBoundary is the ARN of the IAM policy that no role can go beyond. Default: none.
	//
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
	PermissionsBoundary string
	// Path is where the roles are among the account's, such as /datalake/. Default: /.
	Path string
}

// A path may be of any printable characters in IAM; these are the ones that names may have.
var (
	policyForm   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}$`)
	rolePathForm = regexp.MustCompile(`^/([A-Za-z0-9_+=,.@-]+/)*$`)
)

// CheckPermissionsBoundary reports what is wrong with a boundary, if anything.
func CheckPermissionsBoundary(arn string) error {
	if !policyForm.MatchString(arn) {
		return errors.New("give the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/boundary")
	}
	return nil
}

// CheckRolePath reports what is wrong with a path for roles, if anything. IAM keeps the paths that begin with /aws- for
// AWS itself, and takes 512 characters.
func CheckRolePath(path string) error {
	if !rolePathForm.MatchString(path) || strings.HasPrefix(path, "/aws-") || len(path) > 512 {
		return errors.New("give a path such as /datalake/: it begins and ends with a slash, between them are names of letters, digits and _+=,.@-, it does not begin with /aws- and has at most 512 characters")
	}
	return nil
}

func (r Roles) check() error {
	var faults []error
	if r.PermissionsBoundary != "" {
		if err := CheckPermissionsBoundary(r.PermissionsBoundary); err != nil {
			faults = append(faults, fmt.Errorf("Operations.Roles.PermissionsBoundary is %q: %w", r.PermissionsBoundary, err))
		}
	}
	if r.Path != "" {
		if err := CheckRolePath(r.Path); err != nil {
			faults = append(faults, fmt.Errorf("Operations.Roles.Path is %q: %w", r.Path, err))
		}
	}
	return errors.Join(faults...)
}

// optional is a text as an optional input: nil where it is empty.
func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.StringPtr(text)
}
