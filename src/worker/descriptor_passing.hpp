// File descriptors between a child process and its parent: pipes, and what is passed over a socket pair.
#pragma once

#include <span>
#include <utility>
#include <vector>

namespace backtest {

// Owns a descriptor; -1 = none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() { close_now(); }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }
  void close_now();
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

// From a process to its child, or back. Programs that are started have neither end unless they are given it.
struct Pipe {
  FileDescriptor read_end, write_end;
  Pipe();  // throws std::system_error
};

class DescriptorChannel {
 public:
  DescriptorChannel();  // throws std::system_error
  DescriptorChannel(DescriptorChannel&&) = default;
  DescriptorChannel& operator=(DescriptorChannel&&) = default;
  int for_child() const { return childs_.number(); }
  int for_parent() const { return parents_.number(); }
  void close_childs_end() { childs_.close_now(); }
  // What the child has sent; none where it sent nothing. Does not wait.
  FileDescriptor receive();

 private:
  FileDescriptor parents_, childs_;
};

// Up to three, as one message. Throws std::system_error; waits while nobody receives.
void send_descriptors(int socket, std::span<const int> descriptors);
inline void send_descriptor(int socket, int descriptor) {
  send_descriptors(socket, {&descriptor, 1});
}
// Waits for a message; none at the end of the stream.
std::vector<FileDescriptor> receive_descriptors(int socket);

}  // namespace backtest
