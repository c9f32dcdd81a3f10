package wire_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/emulator/servicebus/wire"
)

func TestValuesAreReadFromTheStandardsBytes(t *testing.T) {
	for name, tt := range map[string]struct {
		bytes string
		want  any
	}{
		"null":            {"\x40", nil},
		"true":            {"\x41", true},
		"false in a byte": {"\x56\x00", false},
		"ubyte":           {"\x50\xff", uint8(255)},
		"byte":            {"\x51\xff", int8(-1)},
		"ushort":          {"\x60\x01\x00", uint16(256)},
		"short":           {"\x61\xff\xff", int16(-1)},
		"uint0":           {"\x43", uint32(0)},
		"smalluint":       {"\x52\x07", uint32(7)},
		"uint":            {"\x70\x00\x01\x00\x00", uint32(65536)},
		"smallint":        {"\x54\xfe", int32(-2)},
		"int":             {"\x71\xff\xff\xff\xfe", int32(-2)},
		"ulong0":          {"\x44", uint64(0)},
		"smallulong":      {"\x53\x07", uint64(7)},
		"ulong":           {"\x80\xff\xff\xff\xff\xff\xff\xff\xff", uint64(math.MaxUint64)},
		"smalllong":       {"\x55\xfe", int64(-2)},
		"long":            {"\x81\xff\xff\xff\xff\xff\xff\xff\xfe", int64(-2)},
		"float":           {"\x72\x3f\xc0\x00\x00", float32(1.5)},
		"double":          {"\x82\x3f\xf8\x00\x00\x00\x00\x00\x00", 1.5},
		"char":            {"\x73\x00\x00\x00\x41", wire.Raw("\x73\x00\x00\x00\x41")},
		"decimal32":       {"\x74\x01\x02\x03\x04", wire.Raw("\x74\x01\x02\x03\x04")},
		"timestamp":       {"\x83\x00\x00\x01\x8b\xcf\xe5\x68\x7b", time.UnixMilli(1700000000123).UTC()},
		"uuid":            {"\x98abcdefghijklmnop", wire.UUID([]byte("abcdefghijklmnop"))},
		"vbin8":           {"\xa0\x02\x00\xff", []byte{0, 255}},
		"vbin32":          {"\xb0\x00\x00\x00\x01x", []byte("x")},
		"str8":            {"\xa1\x02hi", "hi"},
		"str32":           {"\xb1\x00\x00\x00\x02hi", "hi"},
		"sym8":            {"\xa3\x02hi", wire.Symbol("hi")},
		"list0":           {"\x45", []wire.Raw{}},
		"list8":           {"\xc0\x03\x02\x41\x40", []wire.Raw{{0x41}, {0x40}}},
		"list32":          {"\xd0\x00\x00\x00\x05\x00\x00\x00\x01\x41", []wire.Raw{{0x41}}},
		"map8":            {"\xc1\x05\x02\xa1\x01k\x41", wire.Map{{Key: wire.Raw("\xa1\x01k"), Value: wire.Raw{0x41}}}},
		"array8":          {"\xe0\x04\x02\x50\x01\x02", []wire.Raw{{0x50, 1}, {0x50, 2}}},
		"empty array":     {"\xe0\x02\x00\x50", []wire.Raw{}},
		"described":       {"\x00\x53\x24\x45", wire.Described{Code: 0x24, Value: wire.Raw{0x45}}},
		"nothing":         {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wire.Raw(tt.bytes).Value()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestMalformedValuesAreRefused(t *testing.T) {
	for name, b := range map[string]string{
		"an unknown constructor":               "\x01",
		"an unknown constructor of a width":    "\x57\x00",
		"a string that is cut":                 "\xa1\x05hi",
		"a size that is cut":                   "\xb1\x00\x00",
		"a number that is cut":                 "\x70\x00",
		"a list above its bytes":               "\xc0\x01\x05",
		"a list whose size leaves out itself":  "\xc0\x00",
		"a list32 whose size leaves out count": "\xd0\x00\x00\x00\x02\x00\x00",
		"a map with an odd number":             "\xc1\x02\x01\x41",
		"four billion nulls":                   "\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40",
		"an array of described values":         "\xe0\x06\x01\x00\x53\x24\x41\x41",
		"a descriptor that is no number":       "\x00\xa1\x01x\x41",
		"descriptors without end":              strings.Repeat("\x00", 100),
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := wire.Raw(b).Value(); err == nil {
				t.Fatalf("it is %v", v)
			}
		})
	}
}

func TestDescriptorsNestOnlySoDeep(t *testing.T) {
	if _, _, err := wire.Next([]byte(strings.Repeat("\x00", 1<<20))); !errors.Is(err, wire.ErrNesting) {
		t.Fatalf("error %v", err)
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, v := range []any{
		nil, true, false, uint8(1), uint16(2), uint32(0), uint32(255), uint32(256), uint64(0), uint64(255), uint64(1 << 40),
		int32(-5), int64(-6), "", "text", long, wire.Symbol("sym"), []byte{}, []byte(long), wire.UUID{1, 2},
		time.UnixMilli(-1).UTC(), wire.Described{Code: 0x75, Value: wire.Encode("x")},
		wire.Map(nil).Set("a", int64(1)).Set(wire.Symbol("b"), "two"),
	} {
		got, err := wire.Encode(v).Value()
		if err != nil {
			t.Fatalf("%#v: %v", v, err)
		}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%#v: %s", v, diff)
		}
	}
}

func TestListsAndArraysAreWrittenInBothWidths(t *testing.T) {
	for _, n := range []int{0, 1, 20, 1000} {
		var list []any
		numbers, times, symbols := make([]int64, n), make([]time.Time, n), make([]wire.Symbol, n)
		for i := range n {
			list = append(list, int64(i))
			numbers[i], times[i], symbols[i] = int64(i), time.UnixMilli(int64(i)).UTC(), wire.Symbol("s")
		}

		for _, v := range []any{list, numbers, times, symbols} {
			items, err := wire.Encode(v).List()
			if err != nil || len(items) != n {
				t.Fatalf("%d items of %T came back as %d (%v)", n, v, len(items), err)
			}
		}
	}
}

func TestTypedReadersRefuseOtherTypes(t *testing.T) {
	text, number := wire.Encode("text"), wire.Encode(int64(-1))
	for name, err := range map[string]error{
		"text of a number":      second(number.Text()),
		"bytes of a text":       second(text.Bytes()),
		"an integer of a text":  second(text.Int()),
		"an integer too large":  second(wire.Encode(uint64(math.MaxUint64)).Int()),
		"a boolean of a number": second(number.Bool()),
		"a time of a number":    second(number.Time()),
		"a uuid of a text":      second(text.UUID()),
		"a list of a text":      second(text.List()),
		"a map of a text":       second(text.Map()),
		"a described text":      second(text.Described()),
	} {
		if !errors.Is(err, wire.ErrType) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAMapReplacesAValueInPlace(t *testing.T) {
	m := wire.Map(nil).Set("a", int64(1)).Set("b", int64(2)).Set(wire.Symbol("a"), int64(3))
	want := wire.Map(nil).Set("a", int64(3)).Set("b", int64(2))
	if !bytes.Equal(wire.Encode(m), wire.Encode(want)) {
		t.Fatalf("got %x, want %x", wire.Encode(m), wire.Encode(want))
	}
	if m.Get("c") != nil || !m.Get("c").IsNull() {
		t.Fatal("a value came from nowhere")
	}
}
