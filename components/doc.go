// Package components holds the reusable parts of a data lake on AWS: the lake itself, the workflows that fill, crawl and
// query it, and the alerts that they raise.
//
// Every component is one [pulumi.ComponentResource] in one file: its arguments, its outputs, its constructor, its
// builders. Arguments are checked before anything is registered, and every fault is reported at once. Children carry
// the component's name and are parented to it.
package components
