// Package asl builds Amazon States Language definitions in Go, in the JSONata query language.
//
// A [Machine] is plain data that reads like the flow it draws: states in the order in which they run, each going on to
// the one below it unless it names another. [Compile] checks the whole graph, reports every fault at once, and returns
// the document together with the IAM permissions that its tasks need.
//
// Leaves (names, ARNs, SQL) are held as any, so that they may be values that are known only later; structure, names,
// expressions and times are plain Go and are checked before anything is deployed. The package imports neither Pulumi
// nor AWS.
//
// The language: https://states-language.net and https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
package asl
