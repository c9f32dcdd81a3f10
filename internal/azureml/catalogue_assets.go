package azureml

import "azureml-dsr/internal/dsr"

// asset is a kind of thing that is registered under a name, in versions. A workspace and
// a registry have the same kinds.
type asset struct {
	ids         [4]string // of the rows of its list, its item, its versions and its version
	operation   string    // how its operationIds begin
	typ         string    // its resource type
	versionType string    // that of its versions
	path        string    // of its list
	archives    bool      // whether its lists leave out what is archived, unless asked for all
}

func workspaceAssets() []Operation {
	return assetRows(dsr.MachineLearningWorkspace, []asset{
		{[4]string{"W08", "W09", "W10", "W11"}, "Data", "ml-data", "ml-data-versions", mlSpace + "/data", true},
		{[4]string{"W12", "W13", "W14", "W15"}, "Model", "ml-models", "ml-model-versions", mlSpace + "/models", true},
		{[4]string{"W16", "W17", "W18", "W19"}, "Environment", "ml-environments", "ml-environment-versions", mlSpace + "/environments", true},
		{[4]string{"W20", "W21", "W22", "W23"}, "Component", "ml-components", "ml-component-versions", mlSpace + "/components", true},
		{[4]string{"W24", "W25", "W26", "W27"}, "Code", "ml-codes", "ml-code-versions", mlSpace + "/codes", false},
	})
}

func registryAssets() []Operation {
	return assetRows(dsr.Registry, []asset{
		{[4]string{"W66a", "W66b", "W66c", "W66d"}, "RegistryData", "ml-registry-data", "ml-registry-data-versions", registry + "/data", true},
		{[4]string{"W66e", "W66f", "W66g", "W66h"}, "RegistryModel", "ml-registry-models", "ml-registry-model-versions", registry + "/models", true},
		{[4]string{"W66i", "W66j", "W66k", "W66l"}, "RegistryEnvironment", "ml-registry-environments", "ml-registry-environment-versions", registry + "/environments", true},
		{[4]string{"W66m", "W66n", "W66o", "W66p"}, "RegistryComponent", "ml-registry-components", "ml-registry-component-versions", registry + "/components", false},
		{[4]string{"W66q", "W66r", "W66s", "W66t"}, "RegistryCode", "ml-registry-codes", "ml-registry-code-versions", registry + "/codes", false},
	})
}

func assetRows(level dsr.Level, assets []asset) []Operation {
	var rows []Operation
	for _, a := range assets {
		rows = append(rows, a.rows(level)...)
	}
	return rows
}

// rows returns the four rows of an asset: the list of its names, each name, the
// list of a name's versions, and each version.
func (a asset) rows(level dsr.Level) []Operation {
	list, item, versions, version := a.ids[0], a.ids[1], a.ids[2], a.ids[3]
	query := ""
	if a.archives {
		query = all
	}

	rows := []Operation{
		{ID: list, OperationID: a.operation + "Containers_List", Type: a.typ, Path: a.path + query, Shape: List, Key: "name"},
		{ID: item, OperationID: a.operation + "Containers_Get", Type: a.typ, Path: a.path + "/{item}", Shape: Item, Of: list},
		{ID: versions, OperationID: a.operation + "Versions_List", Type: a.versionType, Path: a.path + "/{item}/versions" + query, Shape: ItemList, Of: list, Key: "name", Secrets: linksInAsset()},
		{ID: version, OperationID: a.operation + "Versions_Get", Type: a.versionType, Path: a.path + "/{item}/versions/{entry}", Shape: ItemEntry, Of: versions, Secrets: linksInAsset()},
	}
	for i := range rows {
		rows[i].Level, rows[i].APIVersion = level, MachineLearningVersion
	}

	return rows
}
