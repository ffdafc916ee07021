// The left panel: put files in, see what became of each.

import { useEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { count } from '../lib/format';
import { useStore } from '../lib/store';
import type { Doc } from '../lib/types';
import { documents, loadDocuments, loadMoreDocuments } from '../state/documents';
import { addFiles, dropRefused, droppedFiles, uploads } from '../state/uploads';
import { uploadId } from '../state/view';
import { DocumentRow } from './document_row';
import { Icon } from './icons';
import { FollowedFolders } from './followed_folders';
import { IngestionProgress } from './ingestion_progress';
import { ReindexProgress } from './reindex_progress';
import { UploadRow } from './upload_row';

const shownAtFirst = 300;

const readable =
  'PDF, images (PNG, JPEG, TIFF, WebP, GIF, BMP), DOCX, PPTX, XLSX, ODT, ODS, ODP, EPUB, RTF, HTML, Markdown, RST, LaTeX, CSV, TSV, JSON, JSONL, XML, EML, MBOX, source code, text, ZIP and tar archives';

export function DocumentsPanel() {
  const state = useStore(documents, (s) => s);
  const sending = useStore(uploads, (s) => s);
  const [filter, setFilter] = useState('');
  const [limit, setLimit] = useState(shownAtFirst);
  const wanted = filter.trim().toLowerCase();
  const list = useMemo(
    () => (wanted ? state.list.filter((doc) => doc.name.toLowerCase().includes(wanted)) : state.list),
    [state.list, wanted],
  );
  const refused = sending.list.filter((upload) => upload.state === 'refused').length;
  const empty = state.loaded && state.list.length === 0 && sending.list.length === 0;

  return (
    <div className="documents">
      <DropZone compact={!empty} />
      {sending.notice && <p className="notice" role="status">{sending.notice}</p>}
      {state.error && (
        <p className="notice bad" role="alert">
          {state.error} <button className="link" onClick={() => void loadDocuments()}>Try again</button>
        </p>
      )}
      <div className="documents-head">
        <h2 id="documents-title">Documents</h2>
        <Summary list={state.list} sending={sending.list.length - refused} />
      </div>
      <FollowedFolders />
      <ReindexProgress />
      <IngestionProgress />
      {state.list.length > 8 && (
        <label className="filter">
          <Icon name="search" />
          <input type="search" value={filter} placeholder="Filter by name" aria-label="Filter documents by name" onChange={(e) => setFilter(e.target.value)} />
        </label>
      )}
      {refused > 1 && <button className="link dismiss-all" onClick={dropRefused}>Dismiss {refused} refused files</button>}
      <ul className="document-list" role="list" aria-label="Documents">
        {sending.list.slice(0, shownAtFirst).map((upload) => <UploadRow key={`u${upload.key}`} upload={upload} />)}
        {list.slice(0, limit).map((doc) => <DocumentRow key={doc.id} doc={doc} />)}
      </ul>
      {!state.loaded && <p className="hint">Reading the list…</p>}
      {wanted && list.length === 0 && <p className="hint">No document’s name contains “{filter.trim()}”.</p>}
      {empty && !state.error && <p className="hint">Nothing here yet. Your documents stay on this computer.</p>}
      {(list.length > limit || state.more) && (
        <button
          className="button quiet wide"
          onClick={() => {
            setLimit(limit + shownAtFirst);
            if (state.more) void loadMoreDocuments();
          }}
        >
          Show more
        </button>
      )}
    </div>
  );
}

function Summary({ list, sending }: { list: Doc[]; sending: number }) {
  const ready = list.reduce((n, doc) => n + (doc.status === 'ready' ? 1 : 0), 0);
  const working = list.reduce((n, doc) => n + (doc.status === 'queued' || doc.status === 'processing' ? 1 : 0), 0);
  const failed = list.reduce((n, doc) => n + (doc.status === 'failed' ? 1 : 0), 0);
  const parts: string[] = [];
  if (list.length > 0) parts.push(working || failed ? `${ready} of ${list.length} ready` : count(list.length, 'document'));
  if (sending > 0) parts.push(`${sending} uploading`);
  if (failed > 0) parts.push(`${failed} failed`);
  return <p className="summary" aria-live="polite">{parts.join(' · ')}</p>;
}

/** Files may be dropped anywhere on the page: a drop that missed a small zone would make the browser leave it. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let leave: ReturnType<typeof setTimeout> | undefined;
    const dragged = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
      // Said again every few hundred milliseconds while files hang over the page; silence means they left it.
      clearTimeout(leave);
      leave = setTimeout(() => setOver(false), 700);
    };
    const dropped = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      clearTimeout(leave);
      setOver(false);
      void droppedFiles(event.dataTransfer).then(addFiles);
    };
    window.addEventListener('dragover', dragged);
    window.addEventListener('drop', dropped);
    return () => {
      clearTimeout(leave);
      window.removeEventListener('dragover', dragged);
      window.removeEventListener('drop', dropped);
    };
  }, []);
  return over;
}

function DropZone({ compact }: { compact: boolean }) {
  const over = useDrop();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={`drop${over ? ' over' : ''}${compact ? ' compact' : ''}`}>
      {!compact && <span className="drop-icon"><Icon name="upload" /></span>}
      {!compact && <p className="drop-title">Drop files here</p>}
      <label className="button quiet choose">
        <Icon name="plus" />
        <span>Upload documents</span>
        <input
          id={uploadId}
          ref={input}
          type="file"
          multiple
          aria-label="Upload documents"
          onChange={() => {
            if (input.current?.files) addFiles(input.current.files);
            if (input.current) input.current.value = '';
          }}
        />
      </label>
      <p className="drop-hint">{compact ? 'or drop files anywhere on the page' : readable}</p>
      {over && createPortal(<div className="drop-cover" aria-hidden="true"><p><Icon name="upload" />Drop to add to your documents</p></div>, document.body)}
    </div>
  );
}
