//go:build nightly

package policy

func init() {
	deployments = append(deployments, deploymentOf{"dev", "with all options", optional}, deploymentOf{"prod", "with what there is", given})
}
