// libdocmind.so is made of the folders' libraries as they are; the linker wants one source of its own.
namespace docmind {}
