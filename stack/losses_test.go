package stack

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	lakeKey   = "datalake:index:DataLake lake"
	bucketKey = bucketType + " lake-source"
	bucketURN = "urn:pulumi:prod::datalake::datalake:index:DataLake$aws:s3/bucketV2:BucketV2::lake-source"
	emailKey  = subscriptionType + " lake-someone@example.com"
)

// aLake is a small stack: a bucket, a topic with a subscriber, a table, and a bucket's setting.
func aLake() map[string]registration {
	child := func(inputs map[string]any) registration { return registration{Parent: lakeKey, Inputs: inputs} }
	return map[string]registration{
		lakeKey:                       {Parent: "the stack"},
		bucketKey:                     child(map[string]any{"forceDestroy": false}),
		versioningType + " lake":      child(map[string]any{"bucket": "lake-source-0123abc"}),
		topicType + " lake-topic":     child(nil),
		emailKey:                      child(map[string]any{"topic": "arn:aws:sns:eu-west-1:111122223333:lake-topic-0123abc", "protocol": "email", "endpoint": "someone@example.com"}),
		subscriptionType + " lake-q":  child(map[string]any{"topic": "arn:aws:sns:eu-west-1:111122223333:lake-topic-0123abc", "protocol": "sqs"}),
		machineType + " lake-machine": child(map[string]any{"type": "STANDARD", "definition": "a"}),
		machineType + " lake-express": child(map[string]any{"type": "EXPRESS", "definition": "a"}),
		tableType + " lake-table":     child(map[string]any{"databaseName": "weather", "name": "days", "description": "a"}),
	}
}

// withInput gives one input another value.
func withInput(key, input string, value any) func(map[string]registration) {
	return func(lake map[string]registration) {
		changed := lake[key]
		if changed.Inputs = maps.Clone(changed.Inputs); changed.Inputs == nil {
			changed.Inputs = map[string]any{}
		}
		changed.Inputs[input] = value
		lake[key] = changed
	}
}

// rename gives a registration another key, with aliases.
func rename(key, other string, aliases ...string) func(map[string]registration) {
	return func(lake map[string]registration) {
		moved := lake[key]
		moved.Aliases = aliases
		delete(lake, key)
		lake[other] = moved
		for child, r := range lake {
			if r.Parent == key {
				r.Parent = other
				lake[child] = r
			}
		}
	}
}

func inIreland(lake map[string]registration) goldenFile {
	return goldenFile{Region: "eu-west-1", Resources: lake}
}

func remove(key string) func(map[string]registration) {
	return func(lake map[string]registration) { delete(lake, key) }
}

func TestLosses(t *testing.T) {
	const topic = "urn:pulumi:prod::datalake::datalake:index:DataLake$" + topicType + "::lake-topic"
	const gone, newTopic = "is gone, and no alias leads to its URN", "arn:aws:sns:eu-west-1:111122223333:lake-news-fedcba9"
	for name, test := range map[string]struct {
		changes []func(map[string]registration)
		lost    []string
	}{
		"nothing changed":                      {},
		"vanished":                             {changes: inTurn(remove(bucketKey)), lost: []string{"lake-source " + gone}},
		"a kind that holds nothing vanished":   {changes: inTurn(remove(versioningType + " lake"))},
		"one of a kind that holds nothing":     {changes: inTurn(remove(machineType+" lake-express"), remove(subscriptionType+" lake-q"))},
		"renamed":                              {changes: inTurn(rename(bucketKey, bucketType+" lake-raw")), lost: []string{"lake-source " + gone}},
		"renamed with an alias":                {changes: inTurn(rename(bucketKey, bucketType+" lake-raw", bucketURN))},
		"renamed with an alias of another URN": {changes: inTurn(rename(bucketKey, bucketType+" lake-raw", topic)), lost: []string{"lake-source " + gone}},
		"its parent has another name":          {changes: inTurn(rename(lakeKey, "datalake:index:DataLake sea"))},
		"its parent has another type": {
			changes: inTurn(rename(lakeKey, "datalake:index:Sea lake")),
			lost:    []string{"lake-source " + gone, "lake-table " + gone, "lake-machine " + gone, "lake-topic " + gone, "lake-someone@example.com " + gone},
		},
		"another type":                   {changes: inTurn(rename(bucketKey, "aws:s3/bucket:Bucket lake-source")), lost: []string{"lake-source " + gone}},
		"another type with an alias":     {changes: inTurn(rename(bucketKey, "aws:s3/bucket:Bucket lake-source", bucketURN))},
		"a name where there was none":    {changes: inTurn(withInput(bucketKey, "bucket", "raw")), lost: []string{`lake-source would be replaced, because bucket: "raw" is new`}},
		"a renamed one gets a new input": {changes: inTurn(rename(bucketKey, bucketType+" lake-raw", bucketURN), withInput(bucketType+" lake-raw", "bucket", "raw")), lost: []string{`lake-source would be replaced, because bucket: "raw" is new`}},
		"an input that replaces nothing": {changes: inTurn(withInput(bucketKey, "forceDestroy", true), withInput(machineType+" lake-machine", "definition", "b"), withInput(tableType+" lake-table", "description", "b"))},
		"a default that is written out":  {changes: inTurn(withInput(bucketKey, "objectLockEnabled", false))},
		"two inputs": {
			changes: inTurn(withInput(tableType+" lake-table", "databaseName", "climate"), withInput(tableType+" lake-table", "name", "weeks")),
			lost:    []string{`lake-table would be replaced, because databaseName: was "weather", is "climate", and name: was "days", is "weeks"`},
		},
		"it names another topic":                         {changes: inTurn(withInput(emailKey, "topic", newTopic)), lost: []string{`lake-someone@example.com would be replaced, because topic: was "arn:aws:sns:eu-west-1:111122223333:lake-topic-0123abc", is "` + newTopic + `"`}},
		"it names a topic that is renamed with an alias": {changes: inTurn(rename(topicType+" lake-topic", topicType+" lake-news", topic), withInput(emailKey, "topic", newTopic))},
		"Standard becomes Express":                       {changes: inTurn(withInput(machineType+" lake-machine", "type", "EXPRESS")), lost: []string{`lake-machine would be replaced, because type: was "STANDARD", is "EXPRESS"`}},
	} {
		t.Run(name, func(t *testing.T) {
			now := aLake()
			for _, change := range test.changes {
				change(now)
			}
			var found []string
			for _, l := range losses("prod", inIreland(aLake()), inIreland(now)) {
				found = append(found, l.name+" "+l.what())
			}
			require.ElementsMatch(t, test.lost, found)
		})
	}
}

func TestAnotherRegionReplacesEveryHolder(t *testing.T) {
	moved := inIreland(aLake())
	moved.Region = "eu-central-1"
	lost := losses("prod", inIreland(aLake()), moved)
	require.Len(t, lost, 5)
	for _, l := range lost {
		require.Equal(t, `would be replaced, because aws:region: was "eu-west-1", is "eu-central-1"`, l.what())
	}
}

func inTurn(all ...func(map[string]registration)) []func(map[string]registration) { return all }

// lossOf is what a change of the small stack loses, which is one holder; options change the bucket as it was.
func lossOf(t *testing.T, was registration, change func(map[string]registration)) loss {
	t.Helper()
	before, now := aLake(), aLake()
	was.Parent = lakeKey
	before[bucketKey] = was
	change(now)
	lost := losses("prod", inIreland(before), inIreland(now))
	require.Len(t, lost, 1)
	return lost[0]
}

func TestALossSaysWhatToDo(t *testing.T) {
	const lose = "\n  Where that is meant, as in a disposable environment: go test ./stack -update -lose '" + bucketURN + "'"
	const renaming = `
  Where it has another name, type or component now: pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("lake-source"), Type: pulumi.String("aws:s3/bucketV2:BucketV2")}}) there, with its Parent, if it has left datalake:index:DataLake lake.`
	const gone = `prod: the S3 bucket lake-source is gone, and no alias leads to its URN.
  Lost would be: its objects, in all their versions.`
	for name, test := range map[string]struct {
		was     registration
		change  func(map[string]registration)
		message string
	}{
		"gone": {
			change: remove(bucketKey),
			message: gone + renaming + `
  Where it is to stay in the account: deploy pulumi.RetainOnDelete(true) for it first, then remove it; pulumi import brings it back.`,
		},
		"renamed, protected and retained": {
			was: registration{Protect: true, Retain: true}, change: rename(bucketKey, bucketType+" lake-raw"),
			message: gone + renaming + ` New, and without an alias: lake-raw.
  It has RetainOnDelete: it stays in the account, out of the program; pulumi import brings it back.
  It is protected: Pulumi refuses that, and the deployment fails.`,
		},
		"replaced": {
			change: withInput(bucketKey, "bucket", "raw"),
			message: `prod: the S3 bucket lake-source would be replaced, because bucket: "raw" is new.
  Lost would be: its objects, in all their versions.
  Leave the input as it was; or copy what it holds first, and deploy pulumi.RetainOnDelete(true) before this change: the new one is empty, the old one stays. Which inputs those are: https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/s3/bucket.go`,
		},
		"replaced, and retained": {
			was: registration{Retain: true}, change: withInput(bucketKey, "bucket", "raw"),
			message: `prod: the S3 bucket lake-source would be replaced, because bucket: "raw" is new.
  Lost would be: its objects, in all their versions.
  Leave the input as it was; or copy what it holds first: it has RetainOnDelete and stays in the account, out of the program, but the new one is empty. Which inputs those are: https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/s3/bucket.go`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.message+lose, lossOf(t, test.was, test.change).String())
		})
	}
}

func TestALossOfAComponentSaysWhereItsAliasGoes(t *testing.T) {
	now := aLake()
	rename(lakeKey, "datalake:index:Sea lake")(now)
	require.Contains(t, losses("prod", inIreland(aLake()), inIreland(now))[0].String(), `
  Where datalake:index:DataLake lake has another name or type now: pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("lake"), Type: pulumi.String("datalake:index:DataLake")}}) there; a component's alias holds for its children. New, and without an alias: lake-table.`)
}

func TestALossIsAcceptedByName(t *testing.T) {
	lost := []loss{lossOf(t, registration{}, remove(bucketKey))}
	require.Len(t, refused(lost, nil), 1)
	require.Len(t, refused(lost, []string{strings.Replace(bucketURN, "prod", "dev", 1)}), 1, "another stack's")
	require.Empty(t, refused(lost, []string{bucketURN}))

	require.Empty(t, misplaced([]string{bucketURN}, lost, true))
	require.Equal(t, []string{"-lose " + bucketURN + ": it goes with -update"}, misplaced([]string{bucketURN}, lost, false))
	require.Equal(t, []string{"-lose x: nothing would be lost there"}, misplaced([]string{"x"}, lost, true))

	require.Nil(t, recorded(nil, nil))
	earlier := map[string]string{"earlier": "is gone"}
	require.Equal(t, map[string]string{"earlier": "is gone", bucketURN: "is gone, and no alias leads to its URN"}, recorded(earlier, lost))
	require.Len(t, earlier, 1)
}

// What the judge takes for the URNs are those that Pulumi registers.
func TestURNsOfRegistrations(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		evaluation := deploy(t, stack).Evaluation
		expected := map[string]string{}
		for _, r := range evaluation.Resources {
			expected[r.Type+" "+r.Name] = r.URN
		}
		require.Equal(t, expected, urns(stack, registrations(t, evaluation, nil).Resources))
	}
}
