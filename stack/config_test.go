package stack

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalake/components"
	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/require"
)

// refuse evaluates the dev stack with a changed configuration; nothing may be registered.
func refuse(t *testing.T, changes map[string]string) error {
	t.Helper()
	stack, err := mockaws.LoadStack("..", "dev")
	require.NoError(t, err)
	maps.Copy(stack.Config, changes)
	for _, preview := range []bool{true, false} {
		evaluation, evaluateErr := mockaws.Evaluate(Deploy, stack, preview)
		require.Error(t, evaluateErr)
		require.Empty(t, evaluation.Resources, "a faulty configuration registers nothing")
		err = evaluateErr
	}
	return err
}

func TestFaultyConfigurationIsRefused(t *testing.T) {
	for key, values := range map[string]map[string]string{
		"datalake:disposable":       {"yes": "give true or false", "": "give true or false", "True": "give true or false"},
		"datalake:protect":          {"1": "give true or false", "false ": "give true or false"},
		"datalake:customerKey":      {"none": "give true or false"},
		"datalake:logPayloads":      {"on": "give true or false"},
		"datalake:tracing":          {"active": "give true or false"},
		"datalake:weeklyOn":         {"Sunday": "one of SUN, MON", "sun": "one of SUN, MON", "": "give a weekday, such as SUN", "SUN,WED": "one of SUN, MON"},
		"datalake:weeklyAt":         {"0:00": "00:00 to 23:59", "24:00": "00:00 to 23:59", "midnight": "00:00 to 23:59"},
		"datalake:ingestion":        {"iot": "give true or false"},
		"datalake:flexibleJobs":     {"FLEX": "give true or false"},
		"datalake:utcOffset":        {"7": "such as +07:00", "": "such as +07:00", "07:00": "such as +07:00", "Asia/Ho_Chi_Minh": "such as +07:00", "+07:10": "quarter hours", "+14:15": "+14:00", "-12:15": "-12:00", "UTC": "such as +07:00"},
		"datalake:queryCutoffBytes": {"10485759": "from 10485760", "1e9": "a whole number", "-1": "from 10485760", "1125899906842625": "to 1125899906842624", "": "a whole number"},
		"datalake:resultDays":       {"0": "from 1 to 3650", "3651": "from 1 to 3650", "1.5": "a whole number", "-7": "from 1 to 3650", "a week": "a whole number"},
		"datalake:noncurrentDays":   {"0": "from 1 to 3650", "3651": "from 1 to 3650", "many": "a whole number"},
		"datalake:logDays":          {"31": "a period that CloudWatch Logs knows", "0": "a period", "-1": "a period", "3654": "a period", "14.0": "a period", "": "a period"},
		"datalake:resultEmails":     {"a@example.com": "give a list of texts", `["nobody"]`: `e-mail address "nobody"`, `[1]`: "a list of texts", `"a@example.com"`: "a list of texts", `[null]`: `e-mail address ""`, "null": "a list of texts"},
		"datalake:alertEmails":      {`["a@example.com", "a@example.com"]`: "each once", `["<a@example.com>"]`: "such as data@example.com", `["a@localhost"]`: `"a@localhost"`, `["a b@example.com"]`: `"a b@example.com"`, "{}": "a list of texts"},
		"datalake:resultQueue":      {"queue": "give true or false"},
		"datalake:alertQueue":       {"2": "give true or false"},
		"datalake:analystPolicy":    {"everyone": "give true or false", "": "give true or false"},
		"datalake:permissionsBoundary": {
			"boundary": "give the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/boundary",
			"arn:aws:iam::111122223333:role/boundary": "give the ARN of an IAM policy",
			"arn:aws:iam::1111:policy/boundary":       "give the ARN of an IAM policy",
			"arn:aws:iam::aws:policy/":                "give the ARN of an IAM policy",
			"arn:aws:iam::111122223333:policy/*":      "give the ARN of an IAM policy",
		},
		"datalake:rolePath": {
			"datalake":                           "give a path such as /datalake/",
			"/datalake":                          "begins and ends with a slash",
			"datalake/":                          "begins and ends with a slash",
			"//":                                 "between them are names",
			"/data lake/":                        "names of letters, digits and _+=,.@-",
			"/aws-reserved/":                     "does not begin with /aws-",
			"/" + strings.Repeat("a", 511) + "/": "at most 512 characters",
		},
		"datalake:kmsKeyArn": {
			"1234abcd-12ab-34cd-56ef-1234567890ab":                  "give the ARN of a KMS key, such as",
			"alias/lake":                                            "give the ARN of a KMS key",
			"arn:aws:kms:ap-southeast-1:111122223333:alias/lake":    "that of an alias does not do",
			"arn:aws:kms:ap-southeast-1:111122223333:key/*":         "give the ARN of a KMS key",
			"arn:aws:s3:::lake-source":                              "give the ARN of a KMS key",
			strings.Replace(givenKey, "ap-southeast", "us-west", 1): "give a key in ap-southeast-1",
		},
		"datalake:glueConnection": {
			"arn:aws:glue:ap-southeast-1:111122223333:connection/private": "give the name of a Glue connection, not its ARN",
			"*":                      "letters, digits, inner spaces and _.-",
			"private ":               "inner spaces",
			"a/b":                    "give the name of a Glue connection",
			strings.Repeat("a", 256): "at most 255",
		},
		"datalake:logBucket": {
			"arn:aws:s3:::company-logs": "give the name of a bucket, not its ARN or address",
			"s3://company-logs/":        "give the name of a bucket",
			"Company-Logs":              "lower-case letters",
			"lo":                        "3 to 63",
			"company..logs":             "single dots",
			strings.Repeat("l", 64):     "3 to 63",
		},
		"datalake:Datasets":      {"[]": "is not a setting: there are alertEmails, alertQueue,"},
		"datalak:logDays":        {"30": "would have no effect: this project's settings begin with datalake:"},
		"datalake:stateMachines": {"[]": "is not a setting: there are alertEmails, alertQueue,"},
	} {
		for value, says := range values {
			t.Run(key+"="+value, func(t *testing.T) {
				err := refuse(t, map[string]string{key: value})
				require.ErrorContains(t, err, key)
				require.ErrorContains(t, err, says)
				require.ErrorContains(t, err, "Pulumi.dev.yaml")
			})
		}
	}
}

func TestSettingsThatContradictEachOtherAreRefused(t *testing.T) {
	for says, settings := range map[string]map[string]string{
		"datalake:disposable and datalake:protect are both true": {"datalake:disposable": "true", "datalake:protect": "true"},
		"datalake:customerKey is true and datalake:kmsKeyArn names a key: they exclude each other": {
			"datalake:customerKey": "true", "datalake:kmsKeyArn": givenKey,
		},
		"datalake:privateNetwork is true and datalake:glueConnection names a connection: they exclude each other": {
			"datalake:privateNetwork": "true", "datalake:glueConnection": "company-network",
		},
	} {
		require.ErrorContains(t, refuse(t, settings), says)
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	for name, faulty := range map[string]struct {
		settings map[string]string
		says     []string
	}{
		"settings of every kind": {
			map[string]string{"datalake:logDays": "31", "datalake:weeklyAt": "late", "datalake:utcOffset": "here", "datalake:tracing": "maybe", "datalake:typo": "x"},
			[]string{`datalake:logDays is "31"`, `time "late"`, `UTC offset "here"`, `datalake:tracing is "maybe"`, "datalake:typo is not a setting"},
		},
		"every address of a list": {
			map[string]string{"datalake:alertEmails": `["nobody", "a@example.com", "a@example.com", "@example.com"]`, "datalake:resultEmails": `["everybody"]`},
			[]string{`datalake:alertEmails: e-mail address "nobody"`, `e-mail address "a@example.com"`, `e-mail address "@example.com"`, `datalake:resultEmails: e-mail address "everybody"`},
		},
		"every number": {
			map[string]string{"datalake:queryCutoffBytes": "1", "datalake:resultDays": "0", "datalake:noncurrentDays": "9999", "datalake:logDays": "2"},
			[]string{`datalake:queryCutoffBytes is "1"`, `datalake:resultDays is "0"`, `datalake:noncurrentDays is "9999"`, `datalake:logDays is "2"`},
		},
		"a contradiction beside faults": {
			map[string]string{"datalake:disposable": "true", "datalake:protect": "true", "datalake:resultQueue": "1", "datalake:weeklyOn": ""},
			[]string{"datalake:weeklyOn is empty", "datalake:disposable and datalake:protect are both true", `datalake:resultQueue is "1"`},
		},
		"every unknown setting": {
			map[string]string{"datalake:LogDays": "30", "datalake:": "x", "datalake:weekdays": "SUN"},
			[]string{"datalake:LogDays is not a setting", "datalake: is not a setting", "datalake:weekdays is not a setting"},
		},
		"what the account has already": {
			map[string]string{
				"datalake:permissionsBoundary": "boundary", "datalake:rolePath": "lake", "datalake:kmsKeyArn": "alias/lake", "datalake:glueConnection": "*",
				"datalake:logBucket": "s3://logs", "datalake:analystPolicy": "yes", "datalake:privateNetwork": "2",
			},
			[]string{
				`datalake:permissionsBoundary is "boundary"`, `datalake:rolePath is "lake"`, `datalake:kmsKeyArn is "alias/lake"`, `datalake:glueConnection is "*"`,
				`datalake:logBucket is "s3://logs"`, `datalake:analystPolicy is "yes"`, `datalake:privateNetwork is "2"`,
			},
		},
		"a dataset beside faults of others": {
			map[string]string{"datalake:datasets": `[{"name": "orders", "prefix": "orders", "schedule": "25:00"}]`, "datalake:utcOffset": "+15:00"},
			[]string{`datalake:datasets[0].prefix is "orders"`, `datalake:datasets[0].schedule is "25:00"`, `UTC offset "+15:00"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := refuse(t, faulty.settings)
			for _, says := range faulty.says {
				require.ErrorContains(t, err, says)
			}
		})
	}
}

// stackFile writes a project with one stack file, and loads the stack.
func stackFile(t *testing.T, text string) *mockaws.Stack {
	t.Helper()
	project, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "Pulumi.yaml"), project, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "Pulumi.test.yaml"), []byte(text), 0o600))
	stack, err := mockaws.LoadStack(directory, "test")
	require.NoError(t, err)
	return stack
}

func TestEveryFaultOfAStackFileIsNamedWrongTypesAmongThem(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := mockaws.Evaluate(Deploy, stackFile(t, `
config:
  datalake:tracing: perhaps
  datalake:logDays: a month
  datalake:resultDays: [7]
  datalake:alertEmails: a@example.com
  datalake:resultEmails: [1]
  datalake:protect: {always: true}
  datalake:noncurrentDays: 4000
  datalake:nightly: "01:00"
`), false)
	for _, says := range []string{
		"Pulumi.test.yaml", "aws:region is missing", `datalake:tracing is "perhaps": give true or false`, `datalake:logDays is "a month": give a period`,
		`datalake:resultDays is "[7]": give a whole number`, `datalake:alertEmails is "a@example.com": give a list`, `datalake:resultEmails is "[1]": give a list`,
		`datalake:protect is "{\"always\":true}": give true or false`, `datalake:noncurrentDays is "4000"`, "datalake:nightly is not a setting",
	} {
		require.ErrorContains(t, err, says)
	}
}

// An empty stack file has all settings' defaults, but no region: Pulumi's AWS provider takes it from the file or from
// the environment, and refuses to go without.
func TestAStackFileWithoutARegionIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"only a comment":    "# nothing yet\n",
		"without a region":  "config:\n  datalake:logDays: 30\n",
		"an empty region":   "config:\n  aws:region: \"\"\n",
		"an empty config":   "config: {}\n",
		"no config section": "encryptionsalt: v1:abc\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "")
			t.Setenv("AWS_DEFAULT_REGION", "")
			_, err := mockaws.Evaluate(Deploy, stackFile(t, text), false)
			require.EqualError(t, err, "aws:region is missing in Pulumi.test.yaml: give the region to deploy to, such as eu-west-1, there or as AWS_REGION")

			t.Setenv("AWS_DEFAULT_REGION", "eu-west-1")
			evaluation, err := mockaws.Evaluate(Deploy, stackFile(t, text), false)
			require.NoError(t, err)
			require.Contains(t, evaluation.Find("aws:sns/topic:Topic")[0].Outputs["arn"], ":eu-west-1:")
		})
	}
}

// `pulumi stack init` with a passphrase writes a stack file anew: every boolean and number becomes a text in quotes.
func TestAStackFileAsStackInitWritesItIsTheSame(t *testing.T) {
	project, err := workspace.LoadProject("../Pulumi.yaml")
	require.NoError(t, err)
	for _, name := range []string{"dev", "prod"} {
		committed, err := mockaws.LoadStack("..", name)
		require.NoError(t, err)
		file := filepath.Join("..", "Pulumi."+name+".yaml")
		stack, err := workspace.LoadProjectStack(nil, project, file)
		require.NoError(t, err)
		stack.EncryptionSalt = "v1:c2FsdA==:v1:bm9uY2U=:dGV4dA=="
		rewritten := filepath.Join(t.TempDir(), filepath.Base(file))
		require.NoError(t, stack.Save(rewritten))
		text, err := os.ReadFile(rewritten)
		require.NoError(t, err)
		require.Regexp(t, `datalake:logDays: "\d+"`, string(text))
		require.Regexp(t, `datalake:protect: "(true|false)"`, string(text))
		require.Equal(t, committed.Config, stackFile(t, string(text)).Config, name)
	}
}

// Pulumi.yaml describes every setting, with the default that the program takes too.
func TestPulumiYamlDescribesTheSettings(t *testing.T) {
	project, err := workspace.LoadProject("../Pulumi.yaml")
	require.NoError(t, err)
	config := defaults()
	settings := config.settings("")
	require.Len(t, project.Config, len(settings))
	declared := Config{}
	for name, read := range declared.settings("") {
		setting, described := project.Config[name]
		require.True(t, described, name)
		require.NotEmpty(t, setting.Description, name)
		require.Nil(t, setting.Type, "%s: with a type, Pulumi names the first fault alone", name)
		require.NoError(t, read(name, fmt.Sprint(setting.Default)), name)
	}
	require.Equal(t, config, declared)
}

// `pulumi new` on a clone's URL asks for region, account and time, and what it makes can be evaluated.
func TestTheTemplateAsksForWhatEveryStackNeeds(t *testing.T) {
	project, err := workspace.LoadProject("../Pulumi.yaml")
	require.NoError(t, err)
	answers := map[string]string{"aws:allowedAccountIds": `'["111122223333"]'`}
	file := "config:\n"
	for key, asked := range project.Template.Config {
		require.NotEmpty(t, asked.Description, key)
		answer := answers[key]
		if answer == "" {
			answer = fmt.Sprintf("%q", asked.Default)
		}
		file += fmt.Sprintf("  %s: %s\n", key, answer)
	}
	evaluation, err := mockaws.Evaluate(Deploy, stackFile(t, file), false)
	require.NoError(t, err)
	require.Equal(t, "111122223333", evaluation.AccountID)
	require.Len(t, project.Template.Config, 3)
}

func TestALongStackNameIsRefused(t *testing.T) {
	stack, err := mockaws.LoadStack("..", "dev")
	require.NoError(t, err)
	stack.Name = strings.Repeat("x", 65)
	evaluation, err := mockaws.Evaluate(Deploy, stack, false)
	require.ErrorContains(t, err, "the stack's name has 65 characters")
	require.Empty(t, evaluation.Resources)
	stack.Name = stack.Name[1:]
	_, err = mockaws.Evaluate(Deploy, stack, false)
	require.NoError(t, err)
}

func TestAStackThatDoesNotExist(t *testing.T) {
	_, err := mockaws.LoadStack("..", "staging")
	require.ErrorIs(t, err, mockaws.ErrNoStack)
	require.ErrorContains(t, err, "there are dev, prod")
	_, err = mockaws.LoadStack("..", "../dev")
	require.ErrorIs(t, err, mockaws.ErrNoStack)
}

func TestEachSQLFileIsAQuery(t *testing.T) {
	for _, folder := range queryFolders {
		queries, err := queries(folder)
		require.NoError(t, err)
		require.NoError(t, components.CheckQueries(queries))
		files, err := os.ReadDir(filepath.Join("queries", folder))
		require.NoError(t, err)
		require.Len(t, queries, len(files))
		for i, query := range queries {
			require.Equal(t, files[i].Name(), query.Name+".sql")
		}
	}
}

// `pulumi stack init` adds what its secrets are kept with to the stack file: a provider and a key, as docs/delivery.md has
// it, or a salt.
func TestAFirstStackInitChangesNoResource(t *testing.T) {
	project, err := workspace.LoadProject("../Pulumi.yaml")
	require.NoError(t, err)
	for provider, add := range map[string]func(*workspace.ProjectStack){
		"awskms": func(s *workspace.ProjectStack) {
			s.SecretsProvider = "awskms://1234abcd-12ab-34cd-56ef-1234567890ab?region=eu-west-1"
			s.EncryptedKey = "c2VhbGVk"
		},
		"passphrase": func(s *workspace.ProjectStack) { s.EncryptionSalt = "v1:c2FsdA==:v1:bm9uY2U=:c2VhbGVk" },
	} {
		for _, name := range []string{"dev", "prod"} {
			t.Run(provider+" "+name, func(t *testing.T) {
				directory := t.TempDir()
				text, err := os.ReadFile("../Pulumi.yaml")
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(directory, "Pulumi.yaml"), text, 0o600))
				file := "Pulumi." + name + ".yaml"
				stack, err := workspace.LoadProjectStack(nil, project, filepath.Join("..", file))
				require.NoError(t, err)
				add(stack)
				require.NoError(t, stack.Save(filepath.Join(directory, file)))
				changed, err := mockaws.LoadStack(directory, name)
				require.NoError(t, err)
				evaluation, err := mockaws.Evaluate(Deploy, changed, true)
				require.NoError(t, err)
				require.Equal(t, evaluate(t, name, true).Resources, evaluation.Resources)
			})
		}
	}
}
