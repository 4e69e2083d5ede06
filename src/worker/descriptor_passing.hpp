// A file descriptor on its way from a child process to its parent, over a socket pair.
#pragma once

#include <utility>

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

 private:
  int number_ = -1;
};

class DescriptorChannel {
 public:
  DescriptorChannel();  // throws std::system_error
  int for_child() const { return childs_.number(); }
  void close_childs_end() { childs_.close_now(); }
  // What the child has sent; none where it sent nothing. Does not wait.
  FileDescriptor receive();

 private:
  FileDescriptor parents_, childs_;
};

// For the child. Throws std::system_error.
void send_descriptor(int socket, int descriptor);

}  // namespace backtest
