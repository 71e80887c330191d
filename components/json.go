package components

import (
	"maps"
	"slices"

	"datalake/asl"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// render turns a tree of maps and slices with outputs among its leaves into text, once every leaf is known. The leaves
// are gathered first, since Pulumi's own JSON marshalling does not carry a nested unknown through a preview.
func render(tree any, encode func(resolved any) (string, error)) pulumi.StringOutput {
	var leaves []any
	walk(tree, func(leaf any) any {
		if output, is := leaf.(pulumi.Output); is {
			leaves = append(leaves, output)
		}
		return leaf
	})
	return pulumi.All(leaves...).ApplyT(func(values []any) (string, error) {
		next := 0
		return encode(walk(tree, func(leaf any) any {
			if _, is := leaf.(pulumi.Output); is {
				leaf, next = values[next], next+1
			}
			return leaf
		}))
	}).(pulumi.StringOutput)
}

// renderJSON writes the tree as canonical JSON.
func renderJSON(tree any) pulumi.StringOutput { return render(tree, asl.Encode) }

// walk copies a tree, each leaf replaced, in the order of the maps' keys.
func walk(tree any, replace func(leaf any) any) any {
	switch node := tree.(type) {
	case map[string]any:
		copied := make(map[string]any, len(node))
		for _, key := range slices.Sorted(maps.Keys(node)) {
			copied[key] = walk(node[key], replace)
		}
		return copied
	case []any:
		copied := make([]any, len(node))
		for i, element := range node {
			copied[i] = walk(element, replace)
		}
		return copied
	default:
		return replace(tree)
	}
}

// quoted is a text as a JSONata literal: JSON's strings are JSONata's too.
func quoted(text string) string {
	literal, err := asl.Encode(text)
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return literal
}
