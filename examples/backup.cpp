// backup FILE: the library of `ask` into a file, and out of that into another folder.
#include <docmind/application.hpp>
#include <docmind/error.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: backup FILE\n", 2;
    try {
        const std::map<std::string, std::string> flags{{"storage.data_dir", "ask-library"}};
        docmind::Application app(docmind::load_settings("", flags, docmind::process_environment()).settings);
        const docmind::BackupContents contents = app.run(app.abackup(argv[1]));
        std::cout << contents.documents << " documents, " << contents.bytes << " bytes, as of " << contents.created_at << '\n';

        const docmind::RestoredLibrary restored = docmind::restore_backup(argv[1], "restored-library");
        std::cout << restored.contents.documents << " documents restored\n";
    } catch (const docmind::Error& error) {
        return std::cerr << error.what() << '\n', 1;
    }
}
