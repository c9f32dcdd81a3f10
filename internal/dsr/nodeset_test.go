package dsr_test

import (
	"encoding/json"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestASetOfNodesIsWrittenInRanges(t *testing.T) {
	for want, numbers := range map[string][]int{
		`null`:              {},
		`[7]`:               {7},
		`[1,2]`:             {2, 1},
		`["1-3"]`:           {1, 2, 3},
		`[2,"10-13",20,21]`: {21, 2, 13, 12, 10, 11, 20, 11},
	} {
		body, err := json.Marshal(dsr.NodesOf(numbers...))
		if err != nil || string(body) != want {
			t.Errorf("%v: %s, %v, want %s", numbers, body, err, want)
		}

		var read dsr.NodeSet
		if err := json.Unmarshal(body, &read); err != nil {
			t.Fatal(err)
		}

		slices.Sort(numbers)
		if got := slices.Collect(read.All()); !slices.Equal(got, slices.Compact(numbers)) {
			t.Errorf("%s was read as %v", body, got)
		}
	}
}

func TestSetsOfNodesOfAnyFormAreReadAndOthersRefused(t *testing.T) {
	for body, want := range map[string][]int{
		`null`:            nil,
		`[11,12,13,15]`:   {11, 12, 13, 15},
		`[3,2,1]`:         {1, 2, 3},
		`["4-6",5,"1-2"]`: {1, 2, 4, 5, 6},
	} {
		var s dsr.NodeSet
		if err := json.Unmarshal([]byte(body), &s); err != nil || !slices.Equal(slices.Collect(s.All()), want) {
			t.Errorf("%s: %v, %v", body, slices.Collect(s.All()), err)
		}
	}

	for _, body := range []string{`[0]`, `[-1]`, `["3-1"]`, `["a"]`, `[1.5]`, `[{}]`, `"1-3"`, `["1-"]`, `["1-100000"]`} {
		var s dsr.NodeSet
		if err := json.Unmarshal([]byte(body), &s); err == nil {
			t.Errorf("%s was read as %v", body, s)
		}
	}
}

func TestASetOfNodesMeetsWhatItHas(t *testing.T) {
	s := dsr.Union(dsr.NodesOf(10, 11, 12), dsr.NodesOf(2, 3), dsr.NodesOf(13))
	if len(s) != 2 {
		t.Errorf("%v: ranges that touch are one", s)
	}
	for _, tt := range []struct {
		numbers []int
		want    bool
	}{{nil, false}, {[]int{1, 4, 9, 14}, false}, {[]int{1, 13}, true}, {[]int{2}, true}, {[]int{12, 99}, true}} {
		if got := s.MeetsAny(tt.numbers); got != tt.want {
			t.Errorf("%v: %t", tt.numbers, got)
		}
	}
}
