#pragma once
// "What lies in this folder?" Files that a person keeps there, one folder at a time; blocking, called on a pool.
//
// Symbolic links are never followed, and only regular files count. What cannot be looked at is "unclear", which is not "gone".

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

/// Which version of a file this is, without reading it.
struct FileMark {
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;  ///< since 1970
    std::uint64_t inode = 0;    ///< with born_ns: which file this is whatever its name; 0 where not known
    std::int64_t born_ns = 0;   ///< 0 where the file system does not keep it

    [[nodiscard]] bool same_version(const FileMark& other) const { return size == other.size && mtime_ns == other.mtime_ns; }
    /// The same file under another name: not a copy, and not a new file in the place of a removed one.
    [[nodiscard]] bool same_file(const FileMark& other) const {
        return born_ns != 0 && inode == other.inode && born_ns == other.born_ns && same_version(other);
    }
};

/// False for hidden names and what programs leave beside the files they work on: office locks, editor copies, unfinished downloads.
[[nodiscard]] bool is_persons_file(std::string_view name);

enum class Sight {
    absent,   ///< there is no regular file of this name
    file,     ///< there is one that can be read and is not empty
    unclear,  ///< an empty or unreadable file, or a disk that does not answer: no reason to forget what was there
};

struct SeenFile {
    Sight sight = Sight::absent;
    FileMark mark;
};
[[nodiscard]] SeenFile look_at(const std::string& path);

/// Which folder this is, whatever its name. {0, 0} where there is none.
struct FolderIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FolderIdentity&) const = default;
};
[[nodiscard]] FolderIdentity identify_folder(const std::string& path);
/// True where other machines may change what is there, of which this one is not told: NFS, SMB, FUSE, shared folders.
[[nodiscard]] bool is_on_network(const std::string& path);

struct FolderListing {
    Sight sight = Sight::absent;     ///< of the folder itself: `file` = it could be read
    bool empty = true;               ///< no entries, hidden ones and links included
    std::vector<std::string> files;  ///< names of what may be regular files
    std::vector<std::string> folders;
};
/// One folder, not those in it. With `follow` the path itself may be a link. Errors: overloaded (no descriptor, no memory).
[[nodiscard]] FolderListing list_folder(const std::string& path, bool follow);

}  // namespace docmind
