package customhandler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"azureml-dsr/internal/customhandler"
)

// A function is registered under its folder's name and its trigger's name.
func Example() {
	s := customhandler.New(nil)
	s.HandleMessage("redrive", "message", func(_ context.Context, m customhandler.Message) error {
		fmt.Printf("%s, delivery %d: %s\n", m.MessageID, m.DeliveryCount, m.Body)
		return nil
	})

	body, err := os.Open("testdata/message_binary_deadletter.json") // as the host posts it
	if err != nil {
		panic(err)
	}
	defer body.Close()

	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/redrive", body))
	fmt.Println(w.Code, w.Body)
	// Output:
	// t-9, delivery 11: {"requestId":"req-1","taskId":"t-9"}
	// 200 {"Outputs":{},"Logs":null,"ReturnValue":null}
}
