// One file on its way to the server, or refused by it.

import { memo } from 'react';
import { safeName, size } from '../lib/format';
import { dropUpload, retryUpload, type Upload } from '../state/uploads';
import { Action } from './document_row';

export const UploadRow = memo(function UploadRow({ upload }: { upload: Upload }) {
  const name = safeName(upload.name);
  const share = upload.bytes > 0 ? upload.sent / upload.bytes : 0;
  const state = upload.state === 'waiting' ? 'Waiting to be sent' : upload.state === 'sending' ? `Uploading ${Math.round(share * 100)} %` : 'Refused';
  return (
    <li className={`document ${upload.state === 'refused' ? 'failed' : 'queued'}`} data-status={`upload-${upload.state}`}>
      <span className={`dot ${upload.state === 'refused' ? 'failed' : 'queued'}`} aria-hidden="true" />
      <div className="document-body">
        <span className="document-name" title={name}>{name}</span>
        <p className="facts"><span className="state">{state}</span><span>{size(upload.bytes)}</span></p>
        {upload.state === 'sending' && (
          <div className="bar" role="progressbar" aria-label={`Upload of ${name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
            <div style={{ transform: `scaleX(${share})` }} />
          </div>
        )}
        {upload.state === 'refused' && <p className="document-error" role="alert">{upload.error}</p>}
      </div>
      <div className="document-actions">
        {upload.state === 'refused' && <Action icon="retry" name={`Upload ${name} again`} onClick={() => retryUpload(upload.key)} />}
        <Action icon="close" name={upload.state === 'refused' ? `Dismiss ${name}` : `Cancel ${name}`} onClick={() => dropUpload(upload.key)} />
      </div>
    </li>
  );
});
