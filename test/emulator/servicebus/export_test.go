package servicebus

// Held is how many bytes the broker keeps for its clients outside its queues.
func (s *Server) Held() int64 { return s.memory.held.Load() }
